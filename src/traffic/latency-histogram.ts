/** The first bucket ends here; each ends this much higher than the one before, the last takes all the rest. */
const FIRST_MS = 0.05;
const GROWTH = 1.1;
const BUCKETS = 128;

/** Durations in bounded memory, told apart to a tenth; from 0.05 ms to some nine seconds. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);

  add(ms: number): void {
    const index = Math.ceil(Math.log(Math.max(ms, FIRST_MS) / FIRST_MS) / Math.log(GROWTH));
    const bucket = Math.min(index, BUCKETS - 1);
    this.#counts[bucket] = this.#counts[bucket]! + 1;
  }

  addAll(other: LatencyHistogram): void {
    for (const [bucket, count] of other.#counts.entries()) {
      this.#counts[bucket] = this.#counts[bucket]! + count;
    }
  }

  /** The upper end of the bucket in which the quantile lies; NaN where nothing was added. */
  quantileMs(quantile: number): number {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return Number.NaN;
    let below = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      below += count;
      if (below >= quantile * total) return FIRST_MS * GROWTH ** bucket;
    }
    return Infinity;
  }
}
