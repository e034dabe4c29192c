import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isProcessAlive } from '../../common/child-process.ts';
import type { LeaseHolder } from '../../registry/store/lease-record.ts';

/**
 * This process as the holder of a lease.
 * @param by for people
 */
export function holderHere(by: string): LeaseHolder {
  const { pid } = process;
  return { by, machine: machineHere(), pid, birth: birthOf(pid) ?? '' };
}

/**
 * Whether a holder's process has ended. It is known only on the same machine, in the same boot and the same container;
 * elsewhere this is false.
 */
export function isGoneHere({ machine, pid, birth }: LeaseHolder): boolean {
  return machine === machineHere() && birthOf(pid) !== birth;
}

/** Where a process number means the same process. */
function machineHere(): string {
  const boot = orNothing(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const container = orNothing(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, container].filter((part) => part !== '').join(' ');
}

/** When a living process began; nothing where the system does not tell, undefined where it has ended. */
function birthOf(pid: number): string | undefined {
  const stat = orNothing(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === '') return isProcessAlive(pid) ? '' : undefined;
  // Behind the name, in brackets, which may hold anything: first the state, twentieth the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
