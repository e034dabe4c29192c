import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const SETTLE_MS = 150;

/** Runs in each thread of the probed process; on SIGUSR2, which only the main thread receives, all collect garbage. */
const hook = `
import v8 from 'node:v8';
import vm from 'node:vm';
import { isMainThread } from 'node:worker_threads';
v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');
const threads = new BroadcastChannel('collect');
threads.onmessage = () => collect();
threads.unref();
if (isMainThread) process.on('SIGUSR2', () => {
  threads.postMessage('now');
  collect();
});
`;

/** The NODE_OPTIONS of a process that `collectedResidentBytes` will probe. */
export const probedNodeOptions = `--import data:text/javascript,${encodeURIComponent(hook)}`;

/** Resident memory of a process on this machine, after a garbage collection. Linux only. */
export async function collectedResidentBytes(processId: number): Promise<number> {
  process.kill(processId, 'SIGUSR2');
  await delay(SETTLE_MS);
  return residentBytes(processId);
}

/** Resident memory of a process on this machine; NaN where the system does not say. */
export async function residentBytes(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}
