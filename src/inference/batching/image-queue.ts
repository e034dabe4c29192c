import { ServiceError } from '../../common/errors.ts';
import type { PendingImage } from './pending-image.ts';

/** Weight of the newest batch in the running average. */
const NEWEST_WEIGHT = 0.2;
const MAX_RETRY_AFTER_SECONDS = 60;

/** A running average of how fast images are answered; from it a refused caller learns when to retry. */
export class Throughput {
  #msPerImage: number | undefined;

  record(images: number, elapsedMs: number): void {
    const newest = elapsedMs / images;
    const before = this.#msPerImage ?? newest;
    this.#msPerImage = before + NEWEST_WEIGHT * (newest - before);
  }

  /** Estimates how many whole seconds, from 1 to 60, it takes to answer this many images. */
  secondsFor(images: number): number {
    const seconds = Math.ceil((images * (this.#msPerImage ?? 0)) / 1000);
    return Math.min(Math.max(seconds, 1), MAX_RETRY_AFTER_SECONDS);
  }
}

/** The error for images that do not fit into the queue. */
export function queueFull(retryAfterSeconds: number): ServiceError {
  const detail = 'Too many images are waiting. Try again later.';
  return new ServiceError('queue_full', detail, { retryAfterSeconds });
}

export interface ImageQueueOptions {
  maxImages: number;
  throughput: Throughput;
  /** Called with the number of waiting images whenever it changes. */
  onChange: (images: number) => void;
}

/**
 * Images waiting for their batch, in order of arrival, and the slots reserved for images still to come.
 * Invariants: waiting + reserved ≤ maxImages; no image in the queue is settled.
 */
export class ImageQueue {
  readonly #options: ImageQueueOptions;
  readonly #waiting: PendingImage[] = [];
  #reserved = 0;

  constructor(options: ImageQueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Slots reserved for images that have not arrived yet. */
  get reserved(): number {
    return this.#reserved;
  }

  get oldest(): PendingImage | undefined {
    return this.#waiting[0];
  }

  /** @returns seconds after which to try again, or undefined when there is room */
  secondsToRoom(count: number): number | undefined {
    const occupied = this.#waiting.length + this.#reserved + count;
    if (occupied <= this.#options.maxImages) return undefined;
    return this.#options.throughput.secondsFor(occupied);
  }

  /** @throws ServiceError `queue_full` with retryAfterSeconds. */
  reserve(count: number): void {
    const retryAfterSeconds = this.secondsToRoom(count);
    if (retryAfterSeconds !== undefined) throw queueFull(retryAfterSeconds);
    this.#reserved += count;
  }

  release(count: number): void {
    this.#reserved -= count;
  }

  /** Puts an image into a reserved slot. */
  push(image: PendingImage): void {
    this.#reserved -= 1;
    this.#waiting.push(image);
    this.#options.onChange(this.#waiting.length);
  }

  /** Removes and returns the oldest images, at most `count`. */
  take(count: number): PendingImage[] {
    const taken = this.#waiting.splice(0, count);
    this.#options.onChange(this.#waiting.length);
    return taken;
  }

  /** Does nothing if the image is not waiting. */
  remove(image: PendingImage): void {
    const index = this.#waiting.indexOf(image);
    if (index === -1) return;
    this.#waiting.splice(index, 1);
    this.#options.onChange(this.#waiting.length);
  }
}
