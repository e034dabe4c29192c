import { randomBytes } from 'node:crypto';

/** A new name for a run: sorts by time, and can be the name of a gate's result. */
export function newRunId(now = new Date()): string {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-').toLowerCase();
  return `${time}z-${randomBytes(3).toString('hex')}`;
}

/**
 * What `work` comes to, or the signal's reason as soon as it aborts: for work that cannot be told to stop, and whose
 * process ends then.
 */
export async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  signal.throwIfAborted();
  let give: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    give = () => reject(signal.reason as Error);
    signal.addEventListener('abort', give);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}
