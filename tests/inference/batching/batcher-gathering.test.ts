import { describe, expect, it } from 'vitest';
import { EngineQueueTimer } from '../../../src/inference/batching/engine-queue-timer.ts';
import { heldBatcher } from '../../support/fakes/held-batcher.ts';
import { rowOf } from '../../support/fakes/held-network.ts';

describe('gathering', () => {
  it('starts a lone image in the turn in which it arrived, without a timer', async () => {
    const { clock, network, submit } = heldBatcher();
    const [answer] = submit(7);
    expect(clock.pendingTimers).toBe(0);
    await clock.turn();
    network.next().answer();
    expect((await answer!).output).toEqual(rowOf(7));
  });

  it('joins images of the same turn in one batch', async () => {
    const { clock, network, submit } = heldBatcher();
    const answers = submit(1, 2);
    await clock.turn();
    expect(network.counts).toEqual([2]);
    network.next().answer();
    const settled = await Promise.all(answers);
    expect(settled.map(({ output }) => output)).toEqual([rowOf(1), rowOf(2)]);
    expect(settled.map(({ batchSize }) => batchSize)).toEqual([2, 2]);
  });

  it('starts a full batch at once and never exceeds the largest size', () => {
    const { network, arrive } = heldBatcher();
    arrive(1, 2, 3, 4, 5);
    expect(network.counts).toEqual([4]);
  });

  it('gathers images that arrive while a batch runs into the next one', async () => {
    const { clock, network, arrive } = heldBatcher();
    arrive(1);
    await clock.turn();
    arrive(2);
    await clock.turn();
    arrive(3);
    await clock.turn();
    expect(network.counts).toEqual([1]);
    network.next().answer();
    await clock.turn();
    expect(network.counts).toEqual([1, 2]);
  });

  it('sends a second batch ahead only when it is full, and never a third', async () => {
    const { clock, network, arrive } = heldBatcher();
    arrive(1);
    await clock.turn();
    arrive(2, 3, 4);
    await clock.turn();
    expect(network.counts).toEqual([1]);
    arrive(5);
    expect(network.counts).toEqual([1, 4]);
    arrive(6, 7, 8, 9);
    await clock.turn();
    expect(network.counts).toEqual([1, 4]);
  });

  it('sends a batch of the preferred size ahead, or a full one when more images have gathered', async () => {
    const { clock, network, arrive } = heldBatcher({ preferredBatchSize: 2 });
    arrive(1);
    await clock.turn();
    arrive(2);
    await clock.turn();
    expect(network.counts).toEqual([1]);
    arrive(3);
    expect(network.counts).toEqual([1, 2]);
    arrive(4, 5, 6, 7, 8);
    network.next().answer();
    await clock.turn();
    expect(network.counts).toEqual([1, 2, 4]);
  });

  it('holds an incomplete batch back until the engine is idle', async () => {
    const { clock, network, arrive } = heldBatcher();
    arrive(1, 2, 3, 4, 5, 6, 7, 8, 9);
    network.next().answer();
    await clock.turn();
    expect(network.counts).toEqual([4, 4]);
    network.next().answer();
    await clock.turn();
    expect(network.counts).toEqual([4, 4, 1]);
  });

  it('sends one batch at a time when maxInFlight is 1', async () => {
    const { clock, network, arrive } = heldBatcher({ maxInFlight: 1 });
    arrive(1, 2, 3, 4, 5, 6, 7, 8);
    await clock.turn();
    expect(network.counts).toEqual([4]);
  });

  it('pads to an allowed size and hides the padding from callers', async () => {
    const { clock, network, batches, submit } = heldBatcher();
    const answers = submit(1, 2, 3);
    await clock.turn();
    expect(network.counts).toEqual([4]);
    network.next().answer();
    const outputs = (await Promise.all(answers)).map(({ output }) => output);
    expect(outputs).toEqual([rowOf(1), rowOf(2), rowOf(3)]);
    expect(batches[0]).toMatchObject({ count: 3, paddedCount: 4 });
  });

  it('waits up to maxWaitMs for more images, counted from the oldest one', async () => {
    const { clock, network, arrive } = heldBatcher({ maxWaitMs: 10 });
    arrive(1);
    await clock.advance(6);
    arrive(2);
    await clock.advance(3);
    expect(network.counts).toEqual([]);
    await clock.advance(1);
    expect(network.counts).toEqual([2]);
  });

  it('does not wait once the batch is full', async () => {
    const { network, arrive } = heldBatcher({ maxWaitMs: 10 });
    arrive(1, 2, 3, 4);
    await Promise.resolve();
    expect(network.counts).toEqual([4]);
  });

  it('starts a new wait for images that arrived while a batch ran', async () => {
    const { clock, network, arrive } = heldBatcher({ maxWaitMs: 10 });
    arrive(1, 2, 3, 4, 5);
    await clock.advance(4);
    network.next().answer();
    await clock.advance(5);
    expect(network.counts).toEqual([4]);
    await clock.advance(1);
    expect(network.counts).toEqual([4, 1]);
  });
});

describe('reported figures', () => {
  it('separate queueing from inference, even for a batch sent ahead', async () => {
    const { clock, network, batches, arrive } = heldBatcher();
    arrive(1, 2, 3, 4);
    await clock.advance(5);
    arrive(5, 6, 7, 8);
    await clock.advance(15);
    network.next().answer();
    await clock.turn();
    await clock.advance(10);
    network.next().answer();
    await clock.turn();
    expect(batches).toEqual([
      { count: 4, paddedCount: 4, queueMs: [0, 0, 0, 0], inferenceMs: 20 },
      { count: 4, paddedCount: 4, queueMs: [15, 15, 15, 15], inferenceMs: 10 },
    ]);
  });

  it('exclude the inference of another version that shares the engine', async () => {
    const queueTimer = new EngineQueueTimer();
    const slow = heldBatcher({ queueTimer });
    const quick = heldBatcher({ queueTimer, clock: slow.clock });
    slow.arrive(1);
    quick.arrive(2);
    await slow.clock.turn();
    await slow.clock.advance(30);
    slow.network.next().answer();
    await slow.clock.turn();
    await slow.clock.advance(5);
    quick.network.next().answer();
    await slow.clock.turn();
    expect(slow.batches.map(({ inferenceMs }) => inferenceMs)).toEqual([30]);
    expect(quick.batches).toMatchObject([{ inferenceMs: 5, queueMs: [30] }]);
  });

  it('include the length of the queue at each change', async () => {
    const { clock, queue, batcher, arrive } = heldBatcher();
    arrive(1, 2);
    expect(batcher.length).toBe(2);
    await clock.turn();
    expect(queue).toEqual([1, 2, 0]);
    expect(batcher.length).toBe(0);
  });
});

it('refuses batch sizes smaller than the largest batch', () => {
  expect(() => heldBatcher({ sizes: [1, 2] })).toThrow('no batch size reaches 4');
});
