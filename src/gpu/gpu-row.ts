import { z } from 'zod';

const MEBIBYTE = 2 ** 20;

/** What `parseGpuRow` reads, as nvidia-smi names it. */
export const gpuFields = ['index', 'memory.used', 'memory.total', 'utilization.gpu'] as const;

/** A GPU at a moment; undefined is what its driver does not tell, such as the utilisation of one that MIG divides. */
export interface GpuRow {
  /** Its number, which need not outlive a restart of the machine. */
  gpu: string;
  memoryUsedBytes: number | undefined;
  memoryTotalBytes: number | undefined;
  /** 0 to 1. */
  utilization: number | undefined;
}

const numeral = z.string().regex(/^\d{1,12}(\.\d{1,6})?$/);
/** `[N/A]`, `[Not Supported]`, `[Unknown Error]` and their like stand where a number would. */
const untold = z
  .string()
  .regex(/^(\[.+\]|N\/A)$/)
  .transform(() => undefined);
const bytesSchema = numeral.transform((mebibytes) => Number(mebibytes) * MEBIBYTE).or(untold);
const ratioSchema = numeral
  .transform((percent) => Number(percent) / 100)
  .pipe(z.number().max(1))
  .or(untold);
const rowSchema = z.tuple([z.string().regex(/^\d{1,3}$/), bytesSchema, bytesSchema, ratioSchema]);

/**
 * @param line of nvidia-smi's CSV without units: memory in MiB, utilisation in percent
 * @returns undefined for any other line
 */
export function parseGpuRow(line: string): GpuRow | undefined {
  const { data } = rowSchema.safeParse(line.split(',').map((field) => field.trim()));
  if (data === undefined) return undefined;
  const [gpu, memoryUsedBytes, memoryTotalBytes, utilization] = data;
  return { gpu, memoryUsedBytes, memoryTotalBytes, utilization };
}
