import { describe, expect, it } from 'vitest';
import { unlessAborted } from '../../../src/learning/retrain/run-id.ts';

describe('work that cannot be told to stop', () => {
  it('comes to what it comes to', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(unlessAborted(Promise.reject(new Error('spoilt')), signal)).rejects.toThrow(
      'spoilt',
    );
  });

  it('is waited for no longer once the signal aborts', async () => {
    const stop = new AbortController();
    const never = new Promise<never>(() => undefined);
    const waiting = unlessAborted(never, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    await expect(unlessAborted(never, stop.signal)).rejects.toThrow('stopped');
  });
});
