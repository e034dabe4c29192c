/** Sums over photos of batch size and inference time, in constant memory. */
export class BatchTimes {
  count = 0;
  #size = 0;
  #sizeSquared = 0;
  #ms = 0;
  #msSquared = 0;
  #sizeTimesMs = 0;

  add(batchSize: number, inferenceMs: number): void {
    this.count += 1;
    this.#size += batchSize;
    this.#sizeSquared += batchSize * batchSize;
    this.#ms += inferenceMs;
    this.#msSquared += inferenceMs * inferenceMs;
    this.#sizeTimesMs += batchSize * inferenceMs;
  }

  addAll(other: BatchTimes): void {
    this.count += other.count;
    this.#size += other.#size;
    this.#sizeSquared += other.#sizeSquared;
    this.#ms += other.#ms;
    this.#msSquared += other.#msSquared;
    this.#sizeTimesMs += other.#sizeTimesMs;
  }

  get meanMs(): number {
    return this.#ms / this.count;
  }

  get meanSize(): number {
    return this.#size / this.count;
  }

  /**
   * The least-squares line of time over size: a constant for each batch and a slope for each photo, neither negative.
   * Where all batches have one size the line is flat, so that smaller batches are not expected to be faster.
   */
  line(): { perBatchMs: number; perPhotoMs: number } {
    const slope = this.#sizeVariance === 0 ? 0 : this.#covariance / this.#sizeVariance;
    const perPhotoMs = Math.min(Math.max(slope, 0), this.meanMs / this.meanSize);
    return { perBatchMs: this.meanMs - perPhotoMs * this.meanSize, perPhotoMs };
  }

  /**
   * The time that these batches took beyond a multiple of what a line predicts for their sizes.
   * @returns the mean over the photos and its standard error, in milliseconds
   */
  excess(line: ReturnType<BatchTimes['line']>, ratio: number): { meanMs: number; errorMs: number } {
    const [base, slope] = [ratio * line.perBatchMs, ratio * line.perPhotoMs];
    const variance =
      this.#msSquared / this.count -
      this.meanMs ** 2 +
      slope ** 2 * this.#sizeVariance -
      2 * slope * this.#covariance;
    const errorMs = Math.sqrt(Math.max(0, variance) / this.count);
    return { meanMs: this.meanMs - base - slope * this.meanSize, errorMs };
  }

  get #sizeVariance(): number {
    return Math.max(0, this.#sizeSquared / this.count - this.meanSize ** 2);
  }

  get #covariance(): number {
    return this.#sizeTimesMs / this.count - this.meanSize * this.meanMs;
  }
}

/** One of the two versions that share the traffic. */
export type Arm = 'canary' | 'production';

/** The figures of one version. */
export class ArmFigures {
  failed = 0;
  /** Of the photos answered. */
  readonly times = new BatchTimes();

  get answered(): number {
    return this.times.count;
  }

  get photos(): number {
    return this.answered + this.failed;
  }

  addAll(other: ArmFigures): void {
    this.failed += other.failed;
    this.times.addAll(other.times);
  }
}

/** Absolute differences between the ages of two versions, in years. */
export class Differences {
  count = 0;
  #sum = 0;
  #sumOfSquares = 0;

  add(years: number): void {
    this.count += 1;
    this.#sum += years;
    this.#sumOfSquares += years * years;
  }

  addAll(other: Differences): void {
    this.count += other.count;
    this.#sum += other.#sum;
    this.#sumOfSquares += other.#sumOfSquares;
  }

  get mean(): number {
    return this.#sum / this.count;
  }

  /** Of the mean. */
  get standardError(): number {
    const variance = this.#sumOfSquares / this.count - this.mean ** 2;
    return Math.sqrt(Math.max(0, variance) / this.count);
  }
}
