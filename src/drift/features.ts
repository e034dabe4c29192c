import type { AgeEstimate } from '../inference/head/age-head.ts';
import type { GreyStatistics } from '../inference/preprocess/photo-warnings.ts';
import type { Size } from '../inference/preprocess/spec.ts';

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
