import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import path from 'node:path';

/**
 * Lowers the calling thread's priority, and that of the threads it starts from here on. Linux only, where
 * setpriority(2) takes the id of a thread; elsewhere the priority stays as it is.
 * @param nice 0 is usual, 19 the least
 */
export function lowerThreadPriority(nice: number): void {
  if (process.platform !== 'linux') return;
  const threadId = Number(path.basename(readlinkSync('/proc/thread-self')));
  setPriority(threadId, nice);
}
