import { ServiceError } from '../../common/errors.ts';
import type { Clock } from '../../common/clock.ts';
import type { EngineQueueTimer } from './engine-queue-timer.ts';
import type { PendingImage } from './pending-image.ts';

/**
 * Runs the network.
 * A rejection with a ServiceError means that the engine itself failed (it is down, or out of memory) and fails every
 * image of the batch. Any other rejection is attributed to a single image, and each image is retried alone.
 * @param pixels `count` images one after the other; ownership passes to the callee
 * @returns count × outputsPerImage values
 */
export type BatchRun = (pixels: Uint8Array, count: number) => Promise<Float32Array>;

export interface BatchFacts {
  /** Images answered by the batch. */
  count: number;
  /** Images the network ran on, padding included. */
  paddedCount: number;
  /** How long each image waited. */
  queueMs: number[];
  inferenceMs: number;
}

export interface BatchRunnerOptions {
  pixelsPerImage: number;
  outputsPerImage: number;
  /** The batch sizes that the network is run with, ascending; a batch is padded to the next one. */
  sizes: readonly number[];
  clock: Clock;
  /** Shared by all batchers of one engine. */
  queueTimer: EngineQueueTimer;
  onBatch: (facts: BatchFacts) => void;
}

interface Timing {
  startedAtMs: number;
  inferenceMs: number;
}

/** Runs batches and settles each of their images with its own row or with an error. */
export class BatchRunner {
  readonly #run: BatchRun;
  readonly #options: BatchRunnerOptions;

  constructor(run: BatchRun, options: BatchRunnerOptions) {
    this.#run = run;
    this.#options = options;
  }

  /** Resolves when every image is settled; errors of the network settle images and never reject. */
  async answer(images: readonly PendingImage[]): Promise<void> {
    try {
      await this.#answerTogether(images);
    } catch (error) {
      if (images.length === 1 || error instanceof ServiceError) failAll(images, error);
      else await this.#answerSingly(images);
    }
  }

  /** Isolates a poisoned image from the rest of its batch; stops as soon as the engine itself fails. */
  async #answerSingly(images: readonly PendingImage[]): Promise<void> {
    for (const image of images) {
      if (image.settled) continue;
      try {
        await this.#answerTogether([image]);
      } catch (error) {
        failAll(error instanceof ServiceError ? images : [image], error);
      }
    }
  }

  async #answerTogether(images: readonly PendingImage[]): Promise<void> {
    const { sizes, pixelsPerImage, outputsPerImage } = this.#options;
    const count = images.length;
    const paddedCount = sizes.find((size) => size >= count) ?? count;
    const { output, timing } = await this.#time(() =>
      this.#run(pack(images, paddedCount, pixelsPerImage), paddedCount),
    );
    if (output.length !== paddedCount * outputsPerImage) {
      throw new ServiceError(
        'inference_failed',
        `The model answered ${output.length} values for ${paddedCount} images of ${outputsPerImage}.`,
      );
    }
    this.#settle(images, output, paddedCount, timing);
  }

  async #time(run: () => Promise<Float32Array>): Promise<{ output: Float32Array; timing: Timing }> {
    const { clock, queueTimer } = this.#options;
    const ticket = queueTimer.enter(clock.now());
    let startedAtMs: number;
    let output: Float32Array;
    try {
      output = await run();
    } finally {
      startedAtMs = queueTimer.leave(ticket, clock.now());
    }
    return { output, timing: { startedAtMs, inferenceMs: clock.now() - startedAtMs } };
  }

  #settle(
    images: readonly PendingImage[],
    output: Float32Array,
    paddedCount: number,
    { startedAtMs, inferenceMs }: Timing,
  ): void {
    const { outputsPerImage, onBatch } = this.#options;
    const queueMs = images.map(({ enqueuedAtMs }) => startedAtMs - enqueuedAtMs);
    images.forEach((image, index) =>
      image.resolve({
        output: output.subarray(index * outputsPerImage, (index + 1) * outputsPerImage),
        batchSize: images.length,
        queueMs: queueMs[index]!,
        inferenceMs,
      }),
    );
    onBatch({ count: images.length, paddedCount, queueMs, inferenceMs });
  }
}

function pack(images: readonly PendingImage[], paddedCount: number, pixelsPerImage: number) {
  const pixels = new Uint8Array(paddedCount * pixelsPerImage);
  images.forEach((image, index) => pixels.set(image.pixels, index * pixelsPerImage));
  return pixels;
}

function failAll(images: readonly PendingImage[], error: unknown): void {
  const reason =
    error instanceof ServiceError
      ? error
      : new ServiceError('inference_failed', 'The model could not answer for this image.', {
          cause: error,
        });
  for (const image of images) image.reject(reason);
}
