import { type Clock, systemClock } from '../../common/clock.ts';
import { ServiceError } from '../../common/errors.ts';
import { type BatchFacts, BatchRunner, type BatchRun } from './batch-runner.ts';
import { EngineQueueTimer } from './engine-queue-timer.ts';
import { ImageQueue, Throughput } from './image-queue.ts';
import {
  DeadlineWatch,
  PendingImage,
  type BatchedOutput,
  type SubmitOptions,
} from './pending-image.ts';

export interface BatcherOptions {
  pixelsPerImage: number;
  outputsPerImage: number;
  /** Maximum number of images in a batch. */
  maxSize: number;
  /** How long a batch below the preferred size waits for more images while the engine is idle. Default 0: not at all. */
  maxWaitMs?: number;
  /** Maximum number of waiting images, reserved slots included; images of running batches do not count. */
  queueMaxImages: number;
  /** Batch sizes that the network is run with, ascending, up to at least maxSize; a batch is padded to the next one. */
  sizes: readonly number[];
  /** A batch of this size is sent even while others run; at most maxSize, which is the default. */
  preferredBatchSize?: number;
  /** Maximum number of unanswered batches; all but the first have the preferred size. Default 2: one runs, one waits. */
  maxInFlight?: number;
  clock?: Clock;
  /** Shared by all batchers of one engine; by default this batcher has the engine to itself. */
  queueTimer?: EngineQueueTimer;
  onBatch?: (facts: BatchFacts) => void;
  /** Called with the number of waiting images whenever it changes. */
  onQueue?: (images: number) => void;
}

/** Slots in the queue, reserved for one request. */
export interface Reservation {
  /** Like Batcher.submit, using one of the reserved slots. */
  submit(pixels: Uint8Array, options?: SubmitOptions): Promise<BatchedOutput>;
  /** Returns the unused slots. Call it in `finally`: `drain` waits for it. */
  release(): void;
}

/**
 * Gathers images into batches for one model version: a lone image starts at once, and images that arrive while a
 * batch runs form the next one. The queue is bounded; expired and aborted images leave it before they are run.
 * Invariant: each accepted image is settled exactly once, with its own row or with an error.
 */
export class Batcher {
  readonly #maxSize: number;
  readonly #preferredBatchSize: number;
  readonly #maxWaitMs: number;
  readonly #maxInFlight: number;
  readonly #pixelsPerImage: number;
  readonly #clock: Clock;
  readonly #queue: ImageQueue;
  readonly #runner: BatchRunner;
  readonly #deadlines: DeadlineWatch;
  #inFlight = 0;
  #wakeUpIsSet = false;
  #draining = false;
  readonly #onDrained: (() => void)[] = [];

  constructor(run: BatchRun, options: BatcherOptions) {
    const { onBatch, onQueue, sizes, maxSize, clock = systemClock } = options;
    if ((sizes.at(-1) ?? 0) < maxSize) throw new Error(`no batch size reaches ${maxSize}`);
    const throughput = new Throughput();
    this.#maxSize = maxSize;
    this.#preferredBatchSize = options.preferredBatchSize ?? maxSize;
    this.#maxWaitMs = options.maxWaitMs ?? 0;
    this.#maxInFlight = options.maxInFlight ?? 2;
    this.#pixelsPerImage = options.pixelsPerImage;
    this.#clock = clock;
    this.#queue = new ImageQueue({
      maxImages: options.queueMaxImages,
      throughput,
      onChange: (images) => onQueue?.(images),
    });
    this.#deadlines = new DeadlineWatch(clock);
    this.#runner = new BatchRunner(run, {
      ...options,
      clock,
      queueTimer: options.queueTimer ?? new EngineQueueTimer(),
      onBatch: (facts) => {
        throughput.record(facts.count, facts.inferenceMs);
        onBatch?.(facts);
      },
    });
  }

  /** The number of waiting images, without reserved slots and running images. */
  get length(): number {
    return this.#queue.length;
  }

  /**
   * Whether the queue is full. This is cheaper than a `reserve` that throws.
   * @returns seconds after which to try again, or undefined when there is room or the batcher is draining
   */
  secondsToRoom(): number | undefined {
    return this.#draining ? undefined : this.#queue.secondsToRoom(1);
  }

  /**
   * Reserves slots for all images of one request, so that the request is refused as a whole before it costs work.
   * @throws ServiceError `queue_full` with retryAfterSeconds, or `shutting_down`.
   */
  reserve(count: number): Reservation {
    if (this.#draining) {
      throw new ServiceError('shutting_down', 'No new images are taken. Send the request again.');
    }
    this.#queue.reserve(count);
    let left = count;
    return {
      submit: async (pixels, options = {}) => {
        if (left === 0) throw new Error('more images were submitted than reserved');
        left -= 1;
        return this.#accept(pixels, options);
      },
      release: () => {
        this.#queue.release(left);
        left = 0;
        this.#settleDrain();
      },
    };
  }

  /**
   * @param pixels one image; the caller must not change it until it is answered
   * @throws ServiceError `queue_full`, `shutting_down`, `deadline_exceeded` or `inference_failed`, or the
   *   signal's reason.
   */
  async submit(pixels: Uint8Array, options: SubmitOptions = {}): Promise<BatchedOutput> {
    return this.reserve(1).submit(pixels, options);
  }

  /** Refuses new images and resolves when all accepted ones are settled. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#startBatches();
    await new Promise<void>((resolve) => {
      this.#onDrained.push(resolve);
      this.#settleDrain();
    });
  }

  #accept(pixels: Uint8Array, options: SubmitOptions): Promise<BatchedOutput> {
    const nowMs = this.#clock.now();
    const image = new PendingImage(pixels, nowMs, options, (settled) => this.#forget(settled));
    image.expire(nowMs);
    if (pixels.length !== this.#pixelsPerImage) {
      image.reject(new RangeError(`${pixels.length} pixels, not ${this.#pixelsPerImage}`));
    }
    if (image.settled) {
      this.#queue.release(1);
      this.#settleDrain();
    } else {
      this.#deadlines.add(image);
      this.#queue.push(image);
      if (this.#queue.length >= this.#preferredBatchSize) this.#startBatches();
      else this.#setWakeUp();
    }
    return image.result;
  }

  #forget(image: PendingImage): void {
    this.#queue.remove(image);
    this.#deadlines.remove(image);
    this.#settleDrain();
  }

  /** Starts every batch that is due and schedules the next check. */
  #startBatches(): void {
    while (this.#isDue()) void this.#runBatch();
    this.#setWakeUp();
  }

  #isDue(): boolean {
    if (this.#queue.length === 0 || this.#inFlight >= this.#maxInFlight) return false;
    if (this.#queue.length >= this.#preferredBatchSize) return true;
    return this.#inFlight === 0 && (this.#draining || this.#remainingWaitMs() <= 0);
  }

  #remainingWaitMs(): number {
    const waitedMs = this.#clock.now() - (this.#queue.oldest?.enqueuedAtMs ?? 0);
    return this.#maxWaitMs - waitedMs;
  }

  async #runBatch(): Promise<void> {
    this.#inFlight += 1;
    try {
      await this.#runner.answer(this.#queue.take(this.#maxSize));
    } finally {
      this.#inFlight -= 1;
      this.#startBatches();
      this.#settleDrain();
    }
  }

  /** No wake-up is needed while a batch runs: its end checks the queue. */
  #setWakeUp(): void {
    if (this.#wakeUpIsSet || this.#queue.length === 0 || this.#inFlight > 0) return;
    this.#wakeUpIsSet = true;
    const wakeUp = (): void => {
      this.#wakeUpIsSet = false;
      this.#startBatches();
    };
    // Even without a maximum wait, images that arrive in the same turn of the event loop share a batch.
    if (this.#maxWaitMs === 0) this.#clock.soon(wakeUp);
    else this.#clock.after(Math.max(0, this.#remainingWaitMs()), wakeUp);
  }

  #settleDrain(): void {
    if (!this.#draining || this.#inFlight + this.#queue.length + this.#queue.reserved > 0) return;
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }
}
