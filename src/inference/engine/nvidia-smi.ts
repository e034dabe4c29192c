import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { onWholeLines } from '../../common/child-process.ts';
import { messageOf } from '../../common/errors.ts';

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
const notReported = z
  .string()
  .regex(/^(\[.+\]|N\/A)$/)
  .transform(() => undefined);
const bytesSchema = numeral.transform((mebibytes) => Number(mebibytes) * MEBIBYTE).or(notReported);
const ratioSchema = numeral
  .transform((percent) => Number(percent) / 100)
  .pipe(z.number().max(1))
  .or(notReported);
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

/** Whether the kernel of this machine has one; the GPU may still not be usable. */
export function hasNvidiaDriver(): boolean {
  return ['/proc/driver/nvidia/version', '/dev/nvidia0', '/dev/nvidiactl'].some(existsSync);
}

/** How often it tells, seconds. */
export const INTERVAL_SECONDS = 15;

const args = [
  `--query-gpu=${gpuFields.join(',')}`,
  '--format=csv,noheader,nounits',
  `--loop=${INTERVAL_SECONDS}`,
];

export interface NvidiaSmiListener {
  /** Each line of both streams. */
  onLine: (line: string) => void;
  /** Once, when it is gone or could not be started; what for, in words. */
  onEnd: (reason: string) => void;
}

/** @returns ends it at once: no line comes after that, its end is still told */
export type StartNvidiaSmi = (listener: NvidiaSmiListener) => () => void;

/**
 * Lets nvidia-smi tell of the GPUs again and again. One process for good, not one for each reading: starting one copies
 * this process's page tables, for which requests would wait: 30 ms were measured for each GiB
 * that it holds.
 * @param program a path, or a name to be found on the PATH
 */
export function nvidiaSmiStarter(program = 'nvidia-smi'): StartNvidiaSmi {
  return (listener) => {
    try {
      return follow(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }), listener);
    } catch (error) {
      const reason = cannotStart(error);
      queueMicrotask(() => listener.onEnd(reason));
      return () => undefined;
    }
  };
}

function follow(child: ChildProcess, { onLine, onEnd }: NvidiaSmiListener): () => void {
  const streams = [child.stdout, child.stderr].flatMap((stream) => stream ?? []);
  for (const stream of streams) onWholeLines(stream, onLine);
  child.once('error', (error) => {
    if (child.pid === undefined) onEnd(cannotStart(error));
  });
  child.once('close', (status, signal) => {
    if (child.pid !== undefined)
      onEnd(signal === null ? `ended with status ${status}` : `ended by ${signal}`);
  });
  return () => {
    child.kill('SIGKILL');
    // Whoever inherited them from it cannot hold up its end.
    for (const stream of streams) stream.destroy();
  };
}

function cannotStart(error: unknown): string {
  return `cannot be started: ${messageOf(error)}`;
}
