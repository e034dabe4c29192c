import { readFileSync } from 'node:fs';

/** What a process takes. */
export interface ProcessUsage {
  /** User and system time of all its threads since its start. */
  cpuMs: number;
  residentBytes: number;
}

/** The unit of times in /proc, which Linux fixes for programs. */
const TICK_MS = 10;
/** Fields of /proc/<pid>/stat after the command's name, which may hold blanks and ends with a parenthesis. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/**
 * Reads what a process takes from /proc (proc(5)). The reads take some ten microseconds and no disk, so they are synchronous.
 * @returns undefined on other systems than Linux, and when the process has ended
 */
export function processUsage(pid: number): ProcessUsage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (resident === undefined) return undefined;
    const ticks = Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME]);
    return { cpuMs: ticks * TICK_MS, residentBytes: Number(resident) * 1024 };
  } catch {
    return undefined;
  }
}
