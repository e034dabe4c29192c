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
  /** Most images in a batch. */
  maxSize: number;
  /** How long a batch that is not good waits for company while the engine is idle. Default 0: not at all. */
  maxWaitMs?: number;
  /** Most images waiting, reserved places included; those being run do not count. */
  queueMaxImages: number;
  /** Batch sizes the network is run with, ascending, up to at least maxSize; batches are padded up. */
  sizes: readonly number[];
  /** So many are worth a batch although others run, at most maxSize, which is the default. */
  preferredBatchSize?: number;
  /** Batches sent to the engine and not answered; from the second on only good ones. Default 2: one waits for the engine. */
  maxInFlight?: number;
  clock?: Clock;
  /** Shared by all batchers of one engine; by default this one has the engine to itself. */
  line?: EngineQueueTimer;
  onBatch?: (facts: BatchFacts) => void;
  /** Told how many images wait, at each change. */
  onQueue?: (images: number) => void;
}

/** Places in the queue, kept for one request. */
export interface Reservation {
  /** As Batcher.submit, in one of the reserved places. */
  submit(pixels: Uint8Array, options?: SubmitOptions): Promise<BatchedOutput>;
  /** Gives back the places not used. Call it in `finally`: drain waits for it. */
  release(): void;
}

/**
 * Gathers images into batches for one model version: a lone image starts at once, and whatever arrives while a
 * batch runs makes up the next. The queue is bounded; late and aborted images leave it before they are run.
 * Invariant: each accepted image is settled exactly once, with its own row or with an error.
 */
export class Batcher {
  readonly #maxSize: number;
  readonly #goodSize: number;
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
    this.#goodSize = options.preferredBatchSize ?? maxSize;
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
      line: options.line ?? new EngineQueueTimer(),
      onBatch: (facts) => {
        throughput.record(facts.count, facts.inferenceMs);
        onBatch?.(facts);
      },
    });
  }

  /** Images waiting; reserved places and images being run do not count. */
  get length(): number {
    return this.#queue.length;
  }

  /**
   * Whether one more image would be refused for want of room: cheaper than a `reserve` that throws.
   * @returns when to try again, or undefined where there is room or the batcher is draining.
   */
  secondsToRoom(): number | undefined {
    return this.#draining ? undefined : this.#queue.secondsToRoom(1);
  }

  /**
   * Keeps places for several images of one request, so that it is refused as a whole before it costs work.
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
        if (left === 0) throw new Error('more images than reserved places');
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
   * @param pixels one image; not to be changed until the answer.
   * @throws ServiceError `queue_full`, `shutting_down`, `deadline_exceeded` or `inference_failed`, or the
   *   signal's reason.
   */
  async submit(pixels: Uint8Array, options: SubmitOptions = {}): Promise<BatchedOutput> {
    return this.reserve(1).submit(pixels, options);
  }

  /** Refuses new images from now on, and returns when the accepted ones are settled. */
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
      if (this.#queue.length >= this.#goodSize) this.#startBatches();
      else this.#setWakeUp();
    }
    return image.result;
  }

  #forget(image: PendingImage): void {
    this.#queue.remove(image);
    this.#deadlines.remove(image);
    this.#settleDrain();
  }

  /** Starts all that is due, and sees to it that the rest is looked at again. */
  #startBatches(): void {
    while (this.#isDue()) void this.#runBatch();
    this.#setWakeUp();
  }

  #isDue(): boolean {
    if (this.#queue.length === 0 || this.#inFlight >= this.#maxInFlight) return false;
    if (this.#queue.length >= this.#goodSize) return true;
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

  /** While a batch runs none is needed: its end looks at the queue. */
  #setWakeUp(): void {
    if (this.#wakeUpIsSet || this.#queue.length === 0 || this.#inFlight > 0) return;
    this.#wakeUpIsSet = true;
    const wakeUp = (): void => {
      this.#wakeUpIsSet = false;
      this.#startBatches();
    };
    // Even without a wait, images that arrive in the same turn of the event loop share a batch.
    if (this.#maxWaitMs === 0) this.#clock.soon(wakeUp);
    else this.#clock.after(Math.max(0, this.#remainingWaitMs()), wakeUp);
  }

  #settleDrain(): void {
    if (!this.#draining || this.#inFlight + this.#queue.length + this.#queue.reserved > 0) return;
    for (const resolve of this.#onDrained.splice(0)) resolve();
  }
}
