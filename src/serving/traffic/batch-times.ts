/** Sums over photos of how large their batches were and how long those took: as much as judging needs, in little memory. */
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
   * The line of least squares through size and time: a part for each batch, and one for each photo, neither negative.
   * Where all batches were of one size it is flat, so that smaller ones are not held to less.
   */
  line(): { perBatchMs: number; perPhotoMs: number } {
    const slope = this.#sizeVariance === 0 ? 0 : this.#covariance / this.#sizeVariance;
    const perPhotoMs = Math.min(Math.max(slope, 0), this.meanMs / this.meanSize);
    return { perBatchMs: this.meanMs - perPhotoMs * this.meanSize, perPhotoMs };
  }

  /**
   * By how many milliseconds these batches took longer than so many times what a line says of batches of their sizes.
   * @returns the mean over the photos, and its standard error
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

/** Which of the two versions that share the traffic. */
export type Arm = 'canary' | 'production';

/** What one version did with its photos. */
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

/** How far two versions' ages lie apart, in years. */
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
