import { describe, expect, it } from 'vitest';
import { ServiceError, type ErrorCode } from '../../../src/common/errors.ts';
import { heldBatcher } from '../../support/fakes/held-batcher.ts';
import { PIXELS, imageOf, rowOf } from '../../support/fakes/held-network.ts';

const rejectsWith = (promise: Promise<unknown>, code: ErrorCode): Promise<void> =>
  expect(promise).rejects.toMatchObject({ name: 'ServiceError', code });

describe('the bounded queue', () => {
  it('refuses at once what does not fit, with the time after which to retry', async () => {
    const { clock, network, batcher, arrive } = heldBatcher({ queueMaxImages: 4, maxInFlight: 1 });
    arrive(1, 2, 3, 4);
    await clock.advance(8000);
    network.next().answer();
    await clock.turn();
    arrive(5, 6, 7, 8, 9, 10, 11, 12);
    expect(batcher.length).toBe(4);
    const refusal = await batcher.submit(imageOf(13)).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'queue_full', retryAfterSeconds: 10 });
  });

  it('answers one second before any batch has been timed', async () => {
    const { batcher } = heldBatcher({ queueMaxImages: 1 });
    expect(() => batcher.reserve(2)).toThrow(
      expect.objectContaining({ code: 'queue_full', retryAfterSeconds: 1 }) as Error,
    );
    await batcher.drain();
  });

  it('counts reserved slots and returns unused ones', async () => {
    const { clock, network, batcher } = heldBatcher({ queueMaxImages: 4 });
    const reservation = batcher.reserve(3);
    expect(() => batcher.reserve(2)).toThrow(ServiceError);
    const answer = reservation.submit(imageOf(1));
    expect(() => batcher.reserve(2)).toThrow(ServiceError);
    reservation.release();
    reservation.release();
    batcher.reserve(3).release();
    await clock.turn();
    network.next().answer();
    expect((await answer).output).toEqual(rowOf(1));
    await expect(reservation.submit(imageOf(2))).rejects.toThrow('reserved');
  });

  it('refuses an image of another size and frees its slot', async () => {
    const { batcher } = heldBatcher({ queueMaxImages: 1 });
    await expect(batcher.submit(new Uint8Array(PIXELS + 1))).rejects.toThrow('pixels');
    batcher.reserve(1).release();
  });
});

describe('deadlines and aborts', () => {
  it('remove an expired image from the queue before it costs compute', async () => {
    const { clock, network, batcher, arrive } = heldBatcher({ maxInFlight: 1 });
    arrive(1, 2, 3, 4);
    const late = batcher.submit(imageOf(5), { deadlineAtMs: 10 });
    const patient = batcher.submit(imageOf(6), { deadlineAtMs: 30 });
    const rejection = rejectsWith(late, 'deadline_exceeded');
    await clock.advance(10);
    await rejection;
    expect(batcher.length).toBe(1);
    network.next().answer();
    await clock.turn();
    expect(network.counts).toEqual([4, 1]);
    network.next().answer();
    expect((await patient).output).toEqual(rowOf(6));
    expect(clock.pendingTimers).toBe(0);
  });

  it('abandon an image whose batch hangs, and ignore its late answer', async () => {
    const { clock, network, batcher } = heldBatcher();
    const late = rejectsWith(batcher.submit(imageOf(1), { deadlineAtMs: 10 }), 'deadline_exceeded');
    await clock.turn();
    await clock.advance(10);
    await late;
    network.next().answer();
    await batcher.drain();
  });

  it('refuse an image that is already expired or aborted', async () => {
    const { clock, network, batcher } = heldBatcher();
    await clock.advance(10);
    await rejectsWith(batcher.submit(imageOf(1), { deadlineAtMs: 10 }), 'deadline_exceeded');
    const reason = new Error('gone before');
    await expect(batcher.submit(imageOf(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    await clock.turn();
    expect(network.counts).toEqual([]);
    await batcher.drain();
  });

  it('remove an aborted image from the queue and reject it with the reason of the signal', async () => {
    const { clock, network, batcher } = heldBatcher();
    const caller = new AbortController();
    const aborted = batcher.submit(imageOf(1), { signal: caller.signal });
    const other = batcher.submit(imageOf(2));
    const reason = new Error('the client went away');
    caller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await clock.turn();
    expect(network.counts).toEqual([1]);
    network.next().answer();
    expect((await other).output).toEqual(rowOf(2));
  });
});
