import {
  binOf,
  driftFeatures,
  featuresFor,
  FOUND,
  NOT_FOUND,
  type DriftFeature,
  type PhotoTraits,
} from '../../registry/drift/reference-histograms.ts';
import type { Manifest } from '../../registry/manifest.ts';

/** An exact histogram of the latest values: each new value replaces the oldest one. */
export class SlidingHistogram {
  /** Values in each bin. */
  readonly counts: Uint32Array;
  readonly #edges: readonly number[];
  /** The bin of each value in the window, as a ring buffer. */
  readonly #bins: Uint16Array;
  #added = 0;

  /** @param size values in the window */
  constructor(edges: readonly number[], size: number) {
    this.counts = new Uint32Array(edges.length - 1);
    this.#edges = edges;
    this.#bins = new Uint16Array(size);
  }

  get isFull(): boolean {
    return this.#added >= this.#bins.length;
  }

  add(value: number): void {
    const slot = this.#added % this.#bins.length;
    if (this.isFull) this.counts[this.#bins[slot]!]! -= 1;
    const bin = binOf(this.#edges, value);
    this.#bins[slot] = bin;
    this.counts[bin]! += 1;
    this.#added += 1;
  }
}

/** Photos in each bin. */
type Counts = readonly number[] | Uint32Array;

/** Added to each bin of both histograms, as an empty bin makes the index infinite (the prior of Jeffreys, 1946). */
const PSEUDO_COUNT = 0.5;

/**
 * Population stability index of two histograms over the same bins: Σ (q − p) · ln(q / p), with both normalized to sum
 * to 1. It is zero where they are equal, and symmetric. As a rule of thumb, under 0.1 nothing has changed and over 0.25
 * much has (N. Siddiqi, "Credit Risk Scorecards", 2006).
 */
export function stabilityIndex(reference: Counts, window: Counts): number {
  const [referenceTotal, windowTotal] = [smoothedTotal(reference), smoothedTotal(window)];
  let index = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const p = (reference[bin]! + PSEUDO_COUNT) / referenceTotal;
    const q = (window[bin]! + PSEUDO_COUNT) / windowTotal;
    index += (q - p) * Math.log(q / p);
  }
  return index;
}

/** Quantile 1 − 10⁻⁶ of the standard normal. */
const ONE_IN_A_MILLION = 4.7534;

/**
 * The index that unchanged traffic exceeds once in a million windows. It is about (1/n + 1/m) · χ² with bins − 1
 * degrees of freedom, for samples of n and m (B. Yurdakul and J. Naranjo, "Statistical properties of the population
 * stability index", Journal of Risk Model Validation 14, 2020); the quantile by Wilson and Hilferty (1931).
 */
export function indexByChance(reference: Counts, windowPhotos: number): number {
  const degrees = reference.length - 1;
  if (degrees === 0) return 0;
  const spread = 2 / (9 * degrees);
  const quantile = degrees * (1 - spread + ONE_IN_A_MILLION * Math.sqrt(spread)) ** 3;
  return quantile * (1 / windowPhotos + 1 / totalOf(reference));
}

function smoothedTotal(counts: Counts): number {
  return totalOf(counts) + PSEUDO_COUNT * counts.length;
}

function totalOf(counts: Counts): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

/** The distance of one feature of the window from its reference. */
export interface FeatureIndex {
  feature: DriftFeature;
  psi: number;
  /** The index that unchanged traffic exceeds once in a million windows. */
  byChance: number;
}

interface WatchedFeature {
  feature: DriftFeature;
  reference: readonly number[];
  sliding: SlidingHistogram;
}

/** The latest photos of one version and its reference histograms. It takes up to 22 bytes for each photo. */
export class DriftWindow {
  /** Number of photos in a full window. */
  readonly size: number;
  readonly #features: readonly WatchedFeature[];
  readonly #values: ReturnType<typeof featuresFor>;
  /** When each photo was answered, in milliseconds since 1970, as a ring buffer. */
  readonly #times: Float64Array;
  #added = 0;

  constructor(reference: Manifest['reference'], size: number) {
    this.size = size;
    this.#times = new Float64Array(size);
    this.#values = featuresFor(reference);
    this.#features = driftFeatures.flatMap((feature) => {
      const histogram = reference[feature];
      if (histogram === undefined) return [];
      const sliding = new SlidingHistogram(histogram.edges, size);
      return [{ feature, reference: histogram.counts, sliding }];
    });
  }

  /** The features of the reference; none where the version has no reference. */
  get features(): DriftFeature[] {
    return this.#features.map(({ feature }) => feature);
  }

  get photos(): number {
    return Math.min(this.#added, this.size);
  }

  get isFull(): boolean {
    return this.#added >= this.size;
  }

  /** When the oldest photo was answered, in milliseconds since 1970. */
  get sinceMs(): number | undefined {
    if (this.#added === 0) return undefined;
    return this.#times[this.isFull ? this.#added % this.size : 0];
  }

  /** Adds an answered photo. Takes constant time. */
  add(photo: PhotoTraits, atMs: number): void {
    for (const { feature, sliding } of this.#features) {
      if (feature === 'no_face_share') continue;
      const value = this.#values[feature](photo);
      if (value !== undefined) sliding.add(value);
    }
    this.#times[this.#added % this.size] = atMs;
    this.#added += 1;
  }

  /** Adds a photo in which faces were searched, whether it was answered or not. */
  addSearch(found: boolean): void {
    this.#searches?.sliding.add(found ? FOUND : NOT_FOUND);
  }

  /** Whether faces were searched in as many photos as the window holds. */
  get isSearchFull(): boolean {
    return this.#searches?.sliding.isFull === true;
  }

  /** The features that as many photos have as the window holds: traffic may search faces in some photos only. */
  indices(): FeatureIndex[] {
    return this.#features
      .filter(({ sliding }) => sliding.isFull)
      .map(({ feature, reference, sliding }) => ({
        feature,
        psi: stabilityIndex(reference, sliding.counts),
        byChance: indexByChance(reference, this.size),
      }));
  }

  get #searches(): WatchedFeature | undefined {
    return this.#features.find(({ feature }) => feature === 'no_face_share');
  }
}
