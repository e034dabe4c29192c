import { randomBytes } from 'node:crypto';

/** Creates a run id. Run ids sort by time and are valid ids of gate results. */
export function newRunId(now = new Date()): string {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-').toLowerCase();
  return `${time}z-${randomBytes(3).toString('hex')}`;
}

/**
 * Settles as `work` does, or rejects with the signal's reason as soon as the signal aborts. The work itself continues,
 * so this is only for work that cannot be canceled in a process that is about to exit.
 */
export async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  signal.throwIfAborted();
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
