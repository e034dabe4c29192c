import type { BatchFacts } from '../../../src/inference/batching/batch-runner.ts';
import { Batcher, type BatcherOptions } from '../../../src/inference/batching/batcher.ts';
import { HeldNetwork, OUTPUTS, PIXELS, imageOf } from './held-network.ts';
import { ManualClock } from './manual-clock.ts';

/** A batcher of at most 4 images a batch and 8 waiting, whose clock and network the test controls. */
export function heldBatcher(options: Partial<BatcherOptions> = {}) {
  const clock = new ManualClock();
  const network = new HeldNetwork();
  const batches: BatchFacts[] = [];
  const queue: number[] = [];
  const batcher = new Batcher(network.run, {
    pixelsPerImage: PIXELS,
    outputsPerImage: OUTPUTS,
    maxSize: 4,
    queueMaxImages: 8,
    sizes: [1, 2, 4],
    clock,
    onBatch: (facts) => batches.push(facts),
    onQueue: (images) => queue.push(images),
    ...options,
  });
  const submit = (...ids: number[]) => ids.map((id) => batcher.submit(imageOf(id)));
  /** Images whose answers the test does not look at. */
  const arrive = (...ids: number[]): void => {
    for (const answer of submit(...ids)) answer.catch(() => undefined);
  };
  return { clock, network, batches, queue, batcher, submit, arrive };
}
