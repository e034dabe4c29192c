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
