import { describe, expect, it } from 'vitest';
import { Batcher } from '../../../src/inference/batching/batcher.ts';
import { ServiceError, type ErrorCode } from '../../../src/common/errors.ts';
import { heldBatcher } from '../../support/fakes/held-batcher.ts';
import { OUTPUTS, PIXELS, imageOf, rowOf } from '../../support/fakes/held-network.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';

const rejectsWith = (promise: Promise<unknown>, code: ErrorCode): Promise<void> =>
  expect(promise).rejects.toMatchObject({ name: 'ServiceError', code });

describe('failures', () => {
  it('isolates a poisoned image: the others in its batch get their rows', async () => {
    const { clock, network, submit } = heldBatcher();
    const [first, poisoned, third] = submit(1, 2, 3);
    const rejection = rejectsWith(poisoned!, 'inference_failed');
    await clock.turn();
    network.next().fail(new Error('bad tensor'));
    await clock.turn();
    network.next().answer();
    await clock.turn();
    network.next().fail(new Error('bad tensor'));
    await clock.turn();
    network.next().answer();
    await rejection;
    expect((await first!).output).toEqual(rowOf(1));
    expect((await third!).output).toEqual(rowOf(3));
    expect(network.counts).toEqual([4, 1, 1, 1]);
  });

  it('does not retry an image that failed alone', async () => {
    const { clock, network, submit } = heldBatcher();
    const rejection = rejectsWith(submit(1)[0]!, 'inference_failed');
    await clock.turn();
    network.next().fail(new Error('bad tensor'));
    await rejection;
    expect(network.counts).toEqual([1]);
  });

  it('does not retry on an engine that is down', async () => {
    const { clock, network, submit } = heldBatcher();
    const down = new ServiceError('inference_failed', 'the engine restarts');
    const answers = submit(1, 2, 3).map((answer) => expect(answer).rejects.toBe(down));
    await clock.turn();
    network.next().fail(down);
    await Promise.all(answers);
    expect(network.counts).toEqual([4]);
  });

  it('stops isolating images when the engine goes down meanwhile', async () => {
    const { clock, network, submit } = heldBatcher();
    const answers = submit(1, 2, 3).map((answer) => rejectsWith(answer, 'inference_failed'));
    await clock.turn();
    network.next().fail(new Error('bad tensor'));
    await clock.turn();
    network.next().fail(new ServiceError('inference_failed', 'the engine restarts'));
    await clock.turn();
    await Promise.all(answers);
    expect(network.counts).toEqual([4, 1]);
  });

  it('does not retry aborted images', async () => {
    const { clock, network, batcher, submit } = heldBatcher();
    const caller = new AbortController();
    const aborted = batcher.submit(imageOf(1), { signal: caller.signal });
    const [other] = submit(2);
    await clock.turn();
    caller.abort(new Error('gone'));
    await expect(aborted).rejects.toThrow('gone');
    network.next().fail(new Error('bad tensor'));
    await clock.turn();
    network.next().answer();
    expect((await other!).output).toEqual(rowOf(2));
    expect(network.counts).toEqual([2, 1]);
  });

  it.each([0, OUTPUTS, 3 * OUTPUTS])(
    'fails both of 2 images when the network returns %i values',
    async (length) => {
      const { clock, network, submit } = heldBatcher();
      const answers = submit(1, 2).map((answer) => rejectsWith(answer, 'inference_failed'));
      await clock.turn();
      network.next().answerWith(new Float32Array(length));
      await Promise.all(answers);
    },
  );

  it('keeps working after a failure, even when the network throws synchronously', async () => {
    const clock = new ManualClock();
    let fails = true;
    const batcher = new Batcher(
      (pixels) => {
        if (fails) throw new Error('thrown, not rejected');
        return Promise.resolve(Float32Array.from(pixels, (pixel) => 2 * pixel));
      },
      {
        pixelsPerImage: PIXELS,
        outputsPerImage: OUTPUTS,
        maxSize: 2,
        queueMaxImages: 8,
        sizes: [1, 2],
        clock,
      },
    );
    const failed = rejectsWith(batcher.submit(imageOf(1)), 'inference_failed');
    await clock.turn();
    await failed;
    fails = false;
    const answer = batcher.submit(imageOf(2));
    await clock.turn();
    expect((await answer).output).toEqual(rowOf(2));
  });
});

describe('drain', () => {
  it('lets accepted images finish and refuses new ones', async () => {
    const { clock, network, batcher, submit } = heldBatcher({ maxWaitMs: 1000 });
    const answers = submit(1, 2);
    let drained = false;
    const draining = batcher.drain().then(() => (drained = true));
    await rejectsWith(batcher.submit(imageOf(3)), 'shutting_down');
    await clock.turn();
    expect(drained).toBe(false);
    network.next().answer();
    expect(await Promise.all(answers)).toHaveLength(2);
    await draining;
  });

  it('waits for reserved slots', async () => {
    const { clock, network, batcher } = heldBatcher();
    const reservation = batcher.reserve(2);
    let drained = false;
    const draining = batcher.drain().then(() => (drained = true));
    const answer = reservation.submit(imageOf(1));
    await clock.turn();
    network.next().answer();
    await answer;
    await clock.turn();
    expect(drained).toBe(false);
    reservation.release();
    await draining;
  });

  it('returns at once when no image was accepted', async () => {
    const { batcher } = heldBatcher();
    await batcher.drain();
    await batcher.drain();
  });
});
