import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LeaseHolder } from '../../../src/registry/store/lease-record.ts';
import { Lease, LeaseHeldError, LeaseLostError } from '../../../src/registry/store/lease.ts';
import { StorageError, type WritableStore } from '../../../src/registry/store/object-store.ts';

export const KEY = 'face-age/leases/retrain.json';
export const TTL_MS = 60_000;

export function holder(name: string): LeaseHolder {
  return { by: `${name}@example`, machine: 'elsewhere', pid: 7, birth: '1' };
}

/** The contract of a lease in every kind of store. */
export function describeLease(
  kind: string,
  createStore: () => Promise<{ store: WritableStore; remove(): Promise<void> }>,
): void {
  let test: { store: WritableStore; remove(): Promise<void> };
  let nowMs: number;
  const acquire = (name: string, isGone?: (holder: LeaseHolder) => boolean) =>
    Lease.acquire(test.store, {
      key: KEY,
      holder: holder(name),
      ttlMs: TTL_MS,
      nowMs: () => nowMs,
      ...(isGone && { isGone }),
    });

  describe(`a lease in ${kind}`, () => {
    beforeEach(async () => {
      test = await createStore();
      nowMs = Date.parse('2026-11-25T12:00:00Z');
    });
    afterEach(() => test.remove());

    it('has one holder, and reports it to others with its expiry', async () => {
      await acquire('first');
      const refused = acquire('second');
      await expect(refused).rejects.toThrow(LeaseHeldError);
      await expect(refused).rejects.toThrow(
        /first@example, process 7, .* until 2026-11-25T12:01:00\.000Z/,
      );
    });

    it('is acquired by exactly one of several concurrent contenders', async () => {
      const names = ['a', 'b', 'c', 'd', 'e'];
      for (let round = 1; round <= 5; round++) {
        const attempts = await Promise.allSettled(names.map((name) => acquire(name)));
        const won = attempts.flatMap((attempt) =>
          attempt.status === 'fulfilled' ? attempt.value : [],
        );
        expect(won).toHaveLength(1);
        for (const attempt of attempts)
          if (attempt.status === 'rejected') expect(attempt.reason).toBeInstanceOf(LeaseHeldError);
        expect(won[0]!.record.fence).toBe(round);
        nowMs += TTL_MS;
      }
    });

    it('stays with its holder as long as it is renewed', async () => {
      const lease = await acquire('first');
      for (let minute = 0; minute < 3; minute++) {
        nowMs += TTL_MS - 1;
        await lease.renew();
        await expect(acquire('second')).rejects.toThrow(LeaseHeldError);
      }
    });

    it('can be acquired once it has expired, and is then lost for its former holder', async () => {
      const first = await acquire('first');
      nowMs += TTL_MS;
      const second = await acquire('second');
      expect(second.record.fence).toBe(2);
      await expect(first.renew()).rejects.toThrow(LeaseLostError);
      await expect(first.renew()).rejects.toThrow(/lost: second@example/);
      await first.release();
      await second.renew();
    });

    it('stays with its holder if it expired and nobody took it', async () => {
      const lease = await acquire('first');
      nowMs += 10 * TTL_MS;
      await lease.renew();
      await expect(acquire('second')).rejects.toThrow(LeaseHeldError);
    });

    it('goes to exactly one contender when it is taken while its holder renews it', async () => {
      const first = await acquire('first');
      nowMs += TTL_MS;
      const results = await Promise.allSettled([
        first.renew(),
        acquire('second'),
        acquire('third'),
      ]);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('is free as soon as it is released', async () => {
      const first = await acquire('first');
      await first.release();
      const second = await acquire('second');
      expect(second.record.fence).toBe(2);
      await expect(first.renew()).rejects.toThrow(LeaseLostError);
    });

    it('is taken before it expires if its holder is known to have ended', async () => {
      await acquire('first');
      await acquire('second', ({ by }) => by === 'first@example');
      await expect(acquire('third', ({ by }) => by === 'first@example')).rejects.toThrow(
        LeaseHeldError,
      );
    });

    it('is lost if somebody removes it', async () => {
      const lease = await acquire('first');
      await test.store.delete(KEY);
      await expect(lease.renew()).rejects.toThrow(/lost: it was removed/);
    });

    it('is not acquired from a file that is not a lease', async () => {
      await test.store.put(KEY, Buffer.from('{"half":'));
      await expect(acquire('first')).rejects.toThrow(StorageError);
      await expect(acquire('first')).rejects.toThrow(/retrain\.json is not a lease; remove it if/);
    });
  });
}
