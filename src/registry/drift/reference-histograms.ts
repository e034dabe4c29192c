import type { AgeEstimate } from '../../inference/head/age-head.ts';
import type { GreyStatistics } from '../../inference/preprocess/photo-warnings.ts';
import type { Size } from '../../inference/preprocess/spec.ts';
import type { Manifest } from '../manifest.ts';

/**
 * The bin that a value falls into: bin i holds edges[i] ≤ value < edges[i + 1]. The outer bins are open, so that
 * every value has its bin.
 * @param edges ascending, at least two
 */
export function binOf(edges: readonly number[], value: number): number {
  let bin = edges.length - 2;
  while (bin > 0 && value < edges[bin]!) bin -= 1;
  return bin;
}

/** How many of the values fall into each bin. */
export function countInBins(edges: readonly number[], values: Iterable<number>): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const value of values) counts[binOf(edges, value)]! += 1;
  return counts;
}

/** The bounds of a scale; what lies beyond counts in the outer bins. */
export interface Scale {
  low: number;
  high: number;
}

const DIGITS = 4;

/**
 * Edges of bins that hold about equally many of the values. Equal values are never told apart, so where many are there
 * are fewer bins; at least one.
 * @param bins at most so many
 */
export function quantileEdges(values: readonly number[], { low, high }: Scale, bins: number) {
  const ascending = Float64Array.from(values).sort();
  const edges = [low];
  for (let bin = 1; bin < bins; bin++) {
    const edge = Number(ascending[Math.floor((bin * ascending.length) / bins)]!.toFixed(DIGITS));
    if (edge > edges.at(-1)! && edge < high) edges.push(edge);
  }
  return [...edges, high];
}

/** What is known of an answered photo and may drift. */
export interface PhotoTraits {
  estimate: Pick<AgeEstimate, 'mean' | 'bucketProbabilities'>;
  /** Of the network's input. */
  grey: GreyStatistics;
  /** As it was sent; of format `pixels` where a client sent the network's input. */
  photo: Size & { format?: string };
}

/** Names in the manifest's `reference`, in `/v1/models`, in DRIFT_FEATURES and in the metric's label. */
export const driftFeatures = [
  'predicted_age',
  'confidence',
  'brightness',
  'contrast',
  'photo_size',
] as const;

export type DriftFeature = (typeof driftFeatures)[number];

/** Mean age, years. */
export const predictedAge = ({ estimate }: Pick<PhotoTraits, 'estimate'>): number => estimate.mean;

/** Probability of the most probable of the model's own buckets. */
export const confidence = ({ estimate }: Pick<PhotoTraits, 'estimate'>): number =>
  Math.max(...estimate.bucketProbabilities());

/** Mean grey level, 0 … 255. */
export const brightness = ({ grey }: Pick<PhotoTraits, 'grey'>): number => grey.mean;

/** Standard deviation of the grey levels. */
export const contrast = ({ grey }: Pick<PhotoTraits, 'grey'>): number => grey.std;

/** Shorter side, pixels. */
export const photoSize = ({ photo }: Pick<PhotoTraits, 'photo'>): number =>
  Math.min(photo.width, photo.height);

/** How a feature is read off a photo, the same for reference and traffic. */
export const featureOf: Readonly<Record<DriftFeature, (photo: PhotoTraits) => number>> = {
  predicted_age: predictedAge,
  confidence,
  brightness,
  contrast,
  photo_size: photoSize,
};

/** A feature's values on the photos that traffic will be compared with. */
export type FeatureValues = Partial<Record<DriftFeature, readonly number[]>>;

const MAX_BINS = 10;
/** With fewer in a bin, chance alone would make traffic look different. */
const MIN_PHOTOS_IN_BIN = 20;

/**
 * Bins of equal counts where values are spread over a scale; for sizes octaves, as training photos often all have the
 * same size, which leaves no quantiles to tell.
 */
const scales: Readonly<Record<DriftFeature, Scale | 'octaves'>> = {
  predicted_age: { low: 0, high: 100 },
  confidence: { low: 0, high: 1 },
  brightness: { low: 0, high: 255 },
  contrast: { low: 0, high: 128 },
  photo_size: 'octaves',
};

/** 16, 32 … 16384 pixels: nothing smaller is answered. */
const octaves = Array.from({ length: 11 }, (_, power) => 2 ** (power + 4));

/** The reference histograms of a manifest. A feature without values has none. */
export function referenceOf(values: FeatureValues): Manifest['reference'] {
  const reference: Manifest['reference'] = {};
  for (const feature of driftFeatures) {
    const own = values[feature] ?? [];
    if (own.length === 0) continue;
    const edges = edgesFor(feature, own);
    reference[feature] = { edges, counts: countInBins(edges, own) };
  }
  return reference;
}

function edgesFor(feature: DriftFeature, values: readonly number[]): number[] {
  const scale = scales[feature];
  if (scale === 'octaves') return octaves;
  const bins = Math.min(MAX_BINS, Math.max(2, Math.floor(values.length / MIN_PHOTOS_IN_BIN)));
  return quantileEdges(values, scale, bins);
}
