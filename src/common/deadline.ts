import { systemClock } from './clock.ts';

/** Returns whether the work ended in time; rejects if it fails in time. */
export async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let cancel: () => void = () => undefined;
  const late = new Promise<boolean>((resolve) => {
    cancel = systemClock.after(ms, () => resolve(false));
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    cancel();
  }
}
