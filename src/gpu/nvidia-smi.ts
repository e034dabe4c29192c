import { spawn, type ChildProcess } from 'node:child_process';
import { messageOf } from '../common/errors.ts';
import { onWholeLines } from '../common/child-process.ts';
import { gpuFields } from './gpu-row.ts';

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
