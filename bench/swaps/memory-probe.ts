import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const SETTLE_MS = 150;

/** Runs in each thread of the probed process: SIGUSR2, which only the main thread sees, has all collect their garbage. */
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

/** To be set as NODE_OPTIONS of a process that `residentBytesOf` is to probe. */
export const probedNodeOptions = `--import data:text/javascript,${encodeURIComponent(hook)}`;

/** Resident memory of a process of this machine, after a collection. Linux only. */
export async function residentBytesOf(processId: number): Promise<number> {
  process.kill(processId, 'SIGUSR2');
  await delay(SETTLE_MS);
  const status = await readFile(`/proc/${processId}/status`, 'utf8');
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status)!;
  return Number(kibibytes) * 1024;
}
