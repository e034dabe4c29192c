import { faceFactsOf } from '../../inference/faces/face-facts.ts';
import type { Face } from '../../inference/faces/find-faces.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';
import type { GrayStatistics } from '../../inference/preprocess/photo-warnings.ts';
import type { Size } from '../../inference/preprocess/spec.ts';
import type { Manifest } from '../manifest.ts';

/**
 * The bin of a value: bin i holds edges[i] ≤ value < edges[i + 1]. The outer bins are open-ended, so that every value has
 * a bin.
 * @param edges ascending, at least two
 */
export function binOf(edges: readonly number[], value: number): number {
  let bin = edges.length - 2;
  while (bin > 0 && value < edges[bin]!) bin -= 1;
  return bin;
}

/** The number of values in each bin. */
export function countInBins(edges: readonly number[], values: Iterable<number>): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const value of values) counts[binOf(edges, value)]! += 1;
  return counts;
}

/** The bounds of a scale; values beyond them count in the outer bins. */
export interface Scale {
  low: number;
  high: number;
}

const DIGITS = 4;

/**
 * Edges of bins with about equal counts. Equal values are always in the same bin, so many equal values lead to fewer
 * bins; there is at least one.
 * @param bins maximum number of bins
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

/** The traits of an answered photo that may drift. */
export interface PhotoTraits {
  estimate: Pick<AgeEstimate, 'mean' | 'bucketProbabilities'>;
  /** Statistics of the network's input. */
  gray: GrayStatistics;
  /** The photo as it was sent; its format is `pixels` if a client sent the network's input. */
  photo: Size & { format?: string };
  /** The face that was found, in pixels of the photo; undefined where the photo was taken for the framed face. */
  face?: Pick<Face, 'box' | 'score'> | undefined;
}

/** Names in the manifest's `reference`, in `/v1/models`, in DRIFT_FEATURES and in the metric's label. */
export const driftFeatures = [
  'predicted_age',
  'confidence',
  'brightness',
  'contrast',
  'photo_size',
  'face_score',
  'no_face_share',
] as const;

export type DriftFeature = (typeof driftFeatures)[number];

/** Mean age, years. */
export const predictedAge = ({ estimate }: Pick<PhotoTraits, 'estimate'>): number => estimate.mean;

/** Probability of the most probable of the model's own buckets. */
export const confidence = ({ estimate }: Pick<PhotoTraits, 'estimate'>): number =>
  Math.max(...estimate.bucketProbabilities());

/** Mean gray level, from 0 to 255. */
export const brightness = ({ gray }: Pick<PhotoTraits, 'gray'>): number => gray.mean;

/** Standard deviation of the gray levels. */
export const contrast = ({ gray }: Pick<PhotoTraits, 'gray'>): number => gray.std;

/** Shorter side of the photo, pixels. */
export const photoSize = ({ photo }: Pick<PhotoTraits, 'photo'>): number =>
  Math.min(photo.width, photo.height);

/** Features that each answered photo has; `no_face_share` also counts photos without an answer. */
type AnswerFeature = Exclude<DriftFeature, 'no_face_share'>;

/** Computes a feature of an answered photo; undefined if the photo does not have it. */
type FeatureOf = (photo: PhotoTraits) => number | undefined;

/**
 * How to compute each feature of an answered photo, in the reference and in traffic alike. Where the reference was measured
 * on faces that were found, `photo_size` is the side of the face, and photos that were taken for the framed face have none.
 */
export function featuresFor(
  reference: Readonly<Record<string, unknown>>,
): Readonly<Record<AnswerFeature, FeatureOf>> {
  return {
    predicted_age: predictedAge,
    confidence,
    brightness,
    contrast,
    photo_size:
      'face_score' in reference ? ({ face }) => face && faceFactsOf(face).side : photoSize,
    face_score: ({ face }) => face?.score,
  };
}

/** The values of `no_face_share` for a photo in which faces were searched. */
export const FOUND = 0;
export const NOT_FOUND = 1;

/** The values of each feature on the photos that traffic will be compared with. */
export type FeatureValues = Partial<Record<DriftFeature, readonly number[]>>;

/** 16, 32 … 16384 pixels. */
const octaves: readonly number[] = Array.from({ length: 11 }, (_, power) => 2 ** (power + 4));

const MAX_BINS = 10;
/** With fewer photos in a bin, traffic would look different by chance alone. */
const MIN_PHOTOS_IN_BIN = 20;

/**
 * Bins of equal counts for values that are spread over a scale; octaves for sizes, because training photos often all have
 * the same size and thus no quantiles; one bin for photos with a face and one for those without.
 */
const scales: Readonly<Record<DriftFeature, Scale | readonly number[]>> = {
  predicted_age: { low: 0, high: 100 },
  confidence: { low: 0, high: 1 },
  brightness: { low: 0, high: 255 },
  contrast: { low: 0, high: 128 },
  photo_size: octaves,
  face_score: { low: 0, high: 1 },
  no_face_share: [FOUND, 0.5, NOT_FOUND],
};

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
  if (!('low' in scale)) return [...scale];
  const bins = Math.min(MAX_BINS, Math.max(2, Math.floor(values.length / MIN_PHOTOS_IN_BIN)));
  return quantileEdges(values, scale, bins);
}
