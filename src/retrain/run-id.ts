import { randomBytes } from 'node:crypto';

/** A new name for a run: sorts by time, and can be the name of a gate's result. */
export function newRunId(now = new Date()): string {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-').toLowerCase();
  return `${time}z-${randomBytes(3).toString('hex')}`;
}
