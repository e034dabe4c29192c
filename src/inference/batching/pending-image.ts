import type { CancelSignal } from '../../common/cancellation.ts';
import type { Clock } from '../../common/clock.ts';
import { ServiceError } from '../../common/errors.ts';
import { Slots } from '../../common/slots.ts';

/** Expires images at their deadlines, with one timer for all of them. */
export class DeadlineWatch {
  readonly #clock: Clock;
  readonly #images = new Slots<PendingImage>();
  #timer: { atMs: number; cancel: () => void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The caller removes the image when it is settled. */
  add(image: PendingImage): void {
    if (image.deadlineAtMs === Infinity) return;
    image.deadlineSlot = this.#images.add(image);
    if (image.deadlineAtMs < (this.#timer?.atMs ?? Infinity)) this.#arm(image.deadlineAtMs);
  }

  remove(image: PendingImage): void {
    if (image.deadlineSlot === undefined) return;
    this.#images.remove(image.deadlineSlot);
    image.deadlineSlot = undefined;
    if (this.#images.size === 0) this.#disarm();
  }

  #arm(atMs: number): void {
    this.#disarm();
    const cancel = this.#clock.after(Math.max(0, atMs - this.#clock.now()), () => this.#expire());
    this.#timer = { atMs, cancel };
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #expire(): void {
    this.#disarm();
    const nowMs = this.#clock.now();
    for (const image of this.#images) image.expire(nowMs);
    let nextMs = Infinity;
    for (const { deadlineAtMs } of this.#images) nextMs = Math.min(nextMs, deadlineAtMs);
    if (nextMs < Infinity) this.#arm(nextMs);
  }
}

/** The result for one image. */
export interface BatchedOutput {
  /** The image's row of the network's output. */
  output: Float32Array;
  /** The number of images in its batch, without padding. */
  batchSize: number;
  queueMs: number;
  inferenceMs: number;
}

export interface SubmitOptions {
  /** On abort the image leaves the queue and is rejected with the signal's reason. */
  signal?: CancelSignal | undefined;
  /** On the clock's scale, which is performance.now() for the system clock. */
  deadlineAtMs?: number | undefined;
}

/**
 * One caller's image, from submission to its answer. It settles exactly once and ignores later attempts, so an
 * image may be abandoned while its batch runs.
 */
export class PendingImage {
  readonly result: Promise<BatchedOutput>;
  readonly deadlineAtMs: number;
  /** Owned by DeadlineWatch. */
  deadlineSlot: number | undefined;
  #settled = false;
  #resolve!: (output: BatchedOutput) => void;
  #reject!: (reason: unknown) => void;
  readonly #signal: CancelSignal | undefined;
  readonly #onSettled: (image: PendingImage) => void;
  readonly #onAbort = (): void => this.reject(this.#signal?.reason);

  readonly pixels: Uint8Array;
  readonly enqueuedAtMs: number;

  constructor(
    pixels: Uint8Array,
    enqueuedAtMs: number,
    options: SubmitOptions,
    onSettled: (image: PendingImage) => void,
  ) {
    this.pixels = pixels;
    this.enqueuedAtMs = enqueuedAtMs;
    this.deadlineAtMs = options.deadlineAtMs ?? Infinity;
    this.#signal = options.signal;
    this.#onSettled = onSettled;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#signal?.addEventListener('abort', this.#onAbort);
    if (this.#signal?.aborted === true) this.#onAbort();
  }

  get settled(): boolean {
    return this.#settled;
  }

  resolve(output: BatchedOutput): void {
    if (this.#settle()) this.#resolve(output);
  }

  reject(reason: unknown): void {
    if (this.#settle()) this.#reject(reason);
  }

  /** Rejects the image if its deadline has passed. */
  expire(nowMs: number): void {
    if (nowMs < this.deadlineAtMs) return;
    this.reject(
      new ServiceError('deadline_exceeded', 'The image was not answered in time. Try again later.'),
    );
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#onSettled(this);
    return true;
  }
}
