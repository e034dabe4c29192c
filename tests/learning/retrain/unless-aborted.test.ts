import { describe, expect, it } from 'vitest';
import { unlessAborted } from '../../../src/learning/retrain/run-id.ts';

describe('unlessAborted', () => {
  it('settles as the work does', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(unlessAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow(
      'broken',
    );
  });

  it('rejects as soon as the signal aborts', async () => {
    const stop = new AbortController();
    const never = new Promise<never>(() => undefined);
    const waiting = unlessAborted(never, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    await expect(unlessAborted(never, stop.signal)).rejects.toThrow('stopped');
  });
});
