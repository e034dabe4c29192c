import { ServiceError, messageOf, type ErrorCode } from '../../common/errors.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';
import { bucketIndexOf, type Bucket } from '../../inference/head/buckets.ts';

/** One labelled photo beside what a model made of it. */
export interface EvaluatedPhoto {
  /** True age in completed years, as labelled. */
  age: number;
  /** The groups it belongs to, such as `{ sex: '0' }`; an empty value is an unknown one. */
  groups: Readonly<Record<string, string>>;
  estimate: Pick<AgeEstimate, 'mean' | 'interval' | 'bucketProbabilities'>;
}

/** A labelled photo: what judging needs to know of it. */
export interface PhotoToEvaluate {
  /** What it is called; no path that can be opened. */
  file: string;
  /** As of JudgedPhoto. */
  age: number;
  groups: Readonly<Record<string, string>>;
  /** The file's bytes; rejects where they cannot be had. */
  read: () => Promise<Buffer<ArrayBuffer>>;
}

/** A judged photo and where to find it again. */
export interface AnsweredPhoto extends EvaluatedPhoto, Pick<PhotoToEvaluate, 'file' | 'read'> {}

/** A photo that could not be judged, and why. */
export interface UnreadablePhoto {
  file: string;
  reason: string;
}

/** What figures are made of: one number per photo in each column, in the order of the photos. */
export interface Outcomes {
  readonly count: number;
  /** True ages, years. */
  readonly ages: Float64Array;
  /** Mean ages predicted, years. */
  readonly means: Float64Array;
  /** Indices of the true and of the most probable bucket. */
  readonly trueBuckets: Float64Array;
  readonly answeredBuckets: Float64Array;
  /** Probability of the most probable bucket. */
  readonly confidences: Float64Array;
  /** 1 where the interval holds the true age, else 0. */
  readonly covered: Float64Array;
}

export function outcomesOf(
  photos: readonly EvaluatedPhoto[],
  buckets: readonly Bucket[],
): Outcomes {
  const probabilities = photos.map(({ estimate }) => estimate.bucketProbabilities(buckets));
  const confidences = Float64Array.from(probabilities, (row) => Math.max(...row));
  return {
    count: photos.length,
    ages: Float64Array.from(photos, ({ age }) => age),
    means: Float64Array.from(photos, ({ estimate }) => estimate.mean),
    trueBuckets: Float64Array.from(photos, ({ age }) => bucketIndexOf(age, buckets)),
    answeredBuckets: Float64Array.from(probabilities, (row, photo) =>
      row.indexOf(confidences[photo]!),
    ),
    confidences,
    covered: Float64Array.from(photos, ({ age, estimate: { interval } }) =>
      Number(interval.low <= age && age <= interval.high),
    ),
  };
}

/** The outcomes of some of the photos, by index. */
export function subsetOf(outcomes: Outcomes, photos: readonly number[]): Outcomes {
  const pick = (column: Float64Array) => Float64Array.from(photos, (photo) => column[photo]!);
  return {
    count: photos.length,
    ages: pick(outcomes.ages),
    means: pick(outcomes.means),
    trueBuckets: pick(outcomes.trueBuckets),
    answeredBuckets: pick(outcomes.answeredBuckets),
    confidences: pick(outcomes.confidences),
    covered: pick(outcomes.covered),
  };
}

/** A photo's file in, an age out; throws ServiceError as the service would answer. */
export type EstimateAge = (bytes: Uint8Array) => Promise<AgeEstimate>;

/** The photo is at fault, not the model. */
const faultsOfThePhoto: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unsupported_image_format',
  'image_undecodable',
  'image_too_small',
  'too_many_pixels',
]);

export function isFaultOfThePhoto(code: ErrorCode): boolean {
  return faultsOfThePhoto.has(code);
}

export type OnUnreadable = (photo: UnreadablePhoto) => void;

/** A photo's bytes, or undefined where there are none to be had, which `onUnreadable` is told. */
export async function readPhoto(
  { file, read }: Pick<PhotoToEvaluate, 'file' | 'read'>,
  onUnreadable: OnUnreadable,
): Promise<Buffer<ArrayBuffer> | undefined> {
  try {
    return await read();
  } catch (error) {
    onUnreadable({ file, reason: messageOf(error) });
    return undefined;
  }
}

/**
 * Yields what the estimator makes of each labelled photo, one at a time. Photos that cannot be read or decoded are
 * handed to `onUnreadable` and left out.
 * @throws whatever the estimator throws for a reason other than the photo.
 */
export async function* answersOfEstimator(
  estimateAge: EstimateAge,
  labelled: readonly PhotoToEvaluate[],
  onUnreadable: OnUnreadable,
): AsyncGenerator<AnsweredPhoto> {
  for (const photo of labelled) {
    const { file, age, groups, read } = photo;
    const bytes = await readPhoto(photo, onUnreadable);
    if (bytes === undefined) continue;
    const estimate = await estimateAge(bytes).catch((error: unknown) => {
      if (!(error instanceof ServiceError) || !isFaultOfThePhoto(error.code)) throw error;
      onUnreadable({ file, reason: error.message });
    });
    if (estimate !== undefined) yield { file, age, groups, read, estimate };
  }
}
