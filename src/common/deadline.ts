import { systemClock } from './clock.ts';

/** Returns whether the work ended in time; rejects where it fails in time. */
export function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = systemClock.after(ms, () => resolve(false));
    const settle = (end: () => void) => () => {
      cancel();
      end();
    };
    work.then(
      settle(() => resolve(true)),
      (error: unknown) => settle(() => reject(error))(),
    );
  });
}
