import type { Manifest } from '../registry/manifest.ts';
import {
  driftFeatures,
  featureOf,
  type DriftFeature,
  type PhotoTraits,
} from '../registry/drift/reference-histograms.ts';
import { SlidingHistogram } from './sliding-histogram.ts';
import { indexByChance, stabilityIndex } from './stability-index.ts';

/** How far one feature of the window is from its reference. */
export interface FeatureIndex {
  feature: DriftFeature;
  psi: number;
  /** What unchanged traffic exceeds once in a million windows. */
  byChance: number;
}

interface WatchedFeature {
  feature: DriftFeature;
  reference: readonly number[];
  sliding: SlidingHistogram;
}

/** The latest photos of one version beside its reference histograms; 18 bytes a photo. */
export class DriftWindow {
  /** Photos that it holds when it is full. */
  readonly size: number;
  readonly #features: readonly WatchedFeature[];
  /** When each was answered, milliseconds since 1970; a ring. */
  readonly #times: Float64Array;
  #added = 0;

  constructor(reference: Manifest['reference'], size: number) {
    this.size = size;
    this.#times = new Float64Array(size);
    this.#features = driftFeatures.flatMap((feature) => {
      const histogram = reference[feature];
      if (histogram === undefined) return [];
      const sliding = new SlidingHistogram(histogram.edges, size);
      return [{ feature, reference: histogram.counts, sliding }];
    });
  }

  /** Those that the reference has; none where there is nothing to compare with. */
  get features(): DriftFeature[] {
    return this.#features.map(({ feature }) => feature);
  }

  get photos(): number {
    return Math.min(this.#added, this.size);
  }

  get isFull(): boolean {
    return this.#added >= this.size;
  }

  /** When the oldest of its photos was answered, milliseconds since 1970. */
  get sinceMs(): number | undefined {
    if (this.#added === 0) return undefined;
    return this.#times[this.isFull ? this.#added % this.size : 0];
  }

  /** Takes constant time. */
  add(photo: PhotoTraits, atMs: number): void {
    for (const { feature, sliding } of this.#features) sliding.add(featureOf[feature](photo));
    this.#times[this.#added % this.size] = atMs;
    this.#added += 1;
  }

  indices(): FeatureIndex[] {
    return this.#features.map(({ feature, reference, sliding }) => ({
      feature,
      psi: stabilityIndex(reference, sliding.counts),
      byChance: indexByChance(reference, this.photos),
    }));
  }
}
