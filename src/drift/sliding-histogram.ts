import { binOf } from '../registry/drift/reference-histograms.ts';

/** A histogram of the latest values, exact at any time: each new one takes the place of the oldest. */
export class SlidingHistogram {
  /** By bin. */
  readonly counts: Uint32Array;
  readonly #edges: readonly number[];
  /** The bin of each value in the window; a ring. */
  readonly #bins: Uint16Array;
  #added = 0;

  /** @param size values in the window */
  constructor(edges: readonly number[], size: number) {
    this.counts = new Uint32Array(edges.length - 1);
    this.#edges = edges;
    this.#bins = new Uint16Array(size);
  }

  add(value: number): void {
    const place = this.#added % this.#bins.length;
    if (this.#added >= this.#bins.length) this.counts[this.#bins[place]!]! -= 1;
    const bin = binOf(this.#edges, value);
    this.#bins[place] = bin;
    this.counts[bin]! += 1;
    this.#added += 1;
  }
}
