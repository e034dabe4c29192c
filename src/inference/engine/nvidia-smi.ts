import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { onWholeLines } from '../../common/process/child-process.ts';
import { messageOf } from '../../common/errors.ts';

const MEBIBYTE = 2 ** 20;

/** The fields that `parseGpuRow` reads, by nvidia-smi's names. */
export const gpuFields = ['index', 'memory.used', 'memory.total', 'utilization.gpu'] as const;

/** One reading of a GPU. A value is undefined if the driver does not report it, such as the utilization under MIG. */
export interface GpuRow {
  /** Its index, which may change when the machine restarts. */
  gpu: string;
  memoryUsedBytes: number | undefined;
  memoryTotalBytes: number | undefined;
  /** 0 to 1. */
  utilization: number | undefined;
}

const numeral = z.string().regex(/^\d{1,12}(\.\d{1,6})?$/);
/** `[N/A]`, `[Not Supported]`, `[Unknown Error]` and the like replace a number. */
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
 * @param line of nvidia-smi's CSV output without units: memory in MiB, utilization in percent
 * @returns undefined for any other line
 */
export function parseGpuRow(line: string): GpuRow | undefined {
  const { data } = rowSchema.safeParse(line.split(',').map((field) => field.trim()));
  if (data === undefined) return undefined;
  const [gpu, memoryUsedBytes, memoryTotalBytes, utilization] = data;
  return { gpu, memoryUsedBytes, memoryTotalBytes, utilization };
}

/** Whether this machine has an NVIDIA driver; the GPU may still be unusable. */
export function hasNvidiaDriver(): boolean {
  return ['/proc/driver/nvidia/version', '/dev/nvidia0', '/dev/nvidiactl'].some(existsSync);
}

/** Seconds between two readings. */
export const INTERVAL_SECONDS = 15;

const args = [
  `--query-gpu=${gpuFields.join(',')}`,
  '--format=csv,noheader,nounits',
  `--loop=${INTERVAL_SECONDS}`,
];

export interface NvidiaSmiListener {
  /** Each line of both streams. */
  onLine: (line: string) => void;
  /** Called once, when the process has ended or could not be started, with a readable reason. */
  onEnd: (reason: string) => void;
}

/** @returns a function that kills the process: no line follows, but its end is still reported */
export type StartNvidiaSmi = (listener: NvidiaSmiListener) => () => void;

/**
 * Runs nvidia-smi as one long-lived process that reports the GPUs at an interval. Starting a process for each reading
 * would copy this process's page tables each time and delay requests, by a measured 30 ms for each GiB it holds.
 * @param program a path, or a name found on the PATH
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
    // Otherwise a child that inherited the streams could delay the `close` event.
    for (const stream of streams) stream.destroy();
  };
}

function cannotStart(error: unknown): string {
  return `cannot be started: ${messageOf(error)}`;
}
