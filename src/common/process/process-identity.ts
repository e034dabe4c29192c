import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isProcessAlive } from './child-process.ts';

/** Identifies a process beyond its id, which is reused. */
export interface ProcessIdentity {
  /** The scope in which a process id is unique: host, boot and container. */
  machine: string;
  pid: number;
  /** When the process started, in the system's own unit; empty where the system does not report it. */
  birth: string;
}

export function currentProcess(): ProcessIdentity {
  const { pid } = process;
  return { machine: currentMachine(), pid, birth: startTimeOf(pid) ?? '' };
}

/**
 * Whether a process has ended. Only a process on the same machine, in the same boot and container, can know this;
 * otherwise the result is false.
 */
export function hasProcessEnded({ machine, pid, birth }: ProcessIdentity): boolean {
  return machine === currentMachine() && startTimeOf(pid) !== birth;
}

function currentMachine(): string {
  const boot = orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const container = orEmpty(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, container].filter((part) => part !== '').join(' ');
}

/** The start time of a running process; empty if the system does not report it, undefined if the process has ended. */
function startTimeOf(pid: number): string | undefined {
  const stat = orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === '') return isProcessAlive(pid) ? '' : undefined;
  // The name is in parentheses and may contain any character. Of the fields after it, the first is the state and the
  // twentieth the start time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
