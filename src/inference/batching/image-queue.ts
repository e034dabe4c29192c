import { ServiceError } from '../../common/errors.ts';
import type { PendingImage } from './pending-image.ts';

/** Weight of the newest batch in the running average. */
const NEWEST_WEIGHT = 0.2;
const MAX_RETRY_AFTER_SECONDS = 60;

/** How fast images were answered lately; tells a refused caller when to come back. */
export class Throughput {
  #msPerImage: number | undefined;

  record(images: number, elapsedMs: number): void {
    const newest = elapsedMs / images;
    const before = this.#msPerImage ?? newest;
    this.#msPerImage = before + NEWEST_WEIGHT * (newest - before);
  }

  /** Whole seconds, 1…60, until so many images are likely answered. */
  secondsFor(images: number): number {
    const seconds = Math.ceil((images * (this.#msPerImage ?? 0)) / 1000);
    return Math.min(Math.max(seconds, 1), MAX_RETRY_AFTER_SECONDS);
  }
}

/** The refusal of images for which there is no room. */
export function queueFull(retryAfterSeconds: number): ServiceError {
  const detail = 'Too many images are waiting. Try again later.';
  return new ServiceError('queue_full', detail, { retryAfterSeconds });
}

export interface ImageQueueOptions {
  maxImages: number;
  throughput: Throughput;
  /** Told how many images wait, at each change. */
  onChange: (images: number) => void;
}

/**
 * Images waiting for their batch, in order of arrival, and the places kept for those still to come.
 * Invariants: waiting + reserved ≤ maxImages; no image in it is settled.
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

  /** Places kept for images that have not come yet. */
  get reserved(): number {
    return this.#reserved;
  }

  get oldest(): PendingImage | undefined {
    return this.#waiting[0];
  }

  /** @returns when to try again, or undefined where there is room. */
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

  /** Takes a reserved place. */
  push(image: PendingImage): void {
    this.#reserved -= 1;
    this.#waiting.push(image);
    this.#options.onChange(this.#waiting.length);
  }

  /** The oldest images, at most so many. */
  take(count: number): PendingImage[] {
    const taken = this.#waiting.splice(0, count);
    this.#options.onChange(this.#waiting.length);
    return taken;
  }

  /** Does nothing where the image does not wait. */
  remove(image: PendingImage): void {
    const index = this.#waiting.indexOf(image);
    if (index === -1) return;
    this.#waiting.splice(index, 1);
    this.#options.onChange(this.#waiting.length);
  }
}
