import { randomBytes } from 'node:crypto';

/** A new id for a run: it sorts by time, and can be the id of a gate result. */
export function newRunId(now = new Date()): string {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-').toLowerCase();
  return `${time}z-${randomBytes(3).toString('hex')}`;
}

/**
 * Resolves as `work` does, or rejects with the signal's reason as soon as it aborts: for work that cannot be canceled,
 * in a process that ends then.
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
