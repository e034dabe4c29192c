import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const SETTLE_MS = 150;

/** Runs in the probed process: SIGUSR2 has it collect its garbage. */
const hook = `
import v8 from 'node:v8';
import vm from 'node:vm';
v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');
process.on('SIGUSR2', () => collect());
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
