import { BatchTimes } from './batch-times.ts';

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
