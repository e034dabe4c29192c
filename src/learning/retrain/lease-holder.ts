import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isProcessAlive } from '../../common/child-process.ts';
import type { LeaseHolder } from '../../registry/store/lease-record.ts';

/**
 * This process as the holder of a lease.
 * @param by who started it
 */
export function holderHere(by: string): LeaseHolder {
  const { pid } = process;
  return { by, machine: machineHere(), pid, birth: birthOf(pid) ?? '' };
}

/**
 * Whether the process of a holder has ended. This can only be known on the same machine, in the same boot and the same
 * container; otherwise the result is false.
 */
export function isGoneHere({ machine, pid, birth }: LeaseHolder): boolean {
  return machine === machineHere() && birthOf(pid) !== birth;
}

/** Identifies the scope in which a process id is unique. */
function machineHere(): string {
  const boot = orNothing(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const container = orNothing(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, container].filter((part) => part !== '').join(' ');
}

/** When a running process started; empty where the system does not report it, undefined where it has ended. */
function birthOf(pid: number): string | undefined {
  const stat = orNothing(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === '') return isProcessAlive(pid) ? '' : undefined;
  // After the name, which is in brackets and may contain anything, come the state (first) and the start time (twentieth).
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
