import type { LoadModel } from '../../registry/loading/loaded-model.ts';

/**
 * Runs loads one after another, whichever alias they are for. A superseded load ends only at its next step: when an alias
 * moves quickly, many would otherwise hold networks at the same time, whose memory nobody has planned for. The engine
 * executes their steps in turn anyway.
 */
export function oneAtATime(load: LoadModel): LoadModel {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (desired, signal) => {
    const earlier = waiting > 0 ? last : undefined;
    waiting += 1;
    const work = (async () => {
      if (earlier !== undefined) await earlier.catch(() => undefined);
      signal.throwIfAborted();
      return load(desired, signal);
    })();
    last = work;
    try {
      return await work;
    } finally {
      waiting -= 1;
    }
  };
}
