import type { Clock } from '../common/clock.ts';
import { Slots } from '../common/slots.ts';
import type { PendingImage } from './pending-image.ts';

/** Expires images at their deadlines, with one timer for all of them. */
export class DeadlineWatch {
  readonly #clock: Clock;
  readonly #images = new Slots<PendingImage>();
  #timer: { atMs: number; cancel: () => void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be removed when it is settled. */
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
