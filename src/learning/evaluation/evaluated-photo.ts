import { ServiceError, messageOf, type ErrorCode } from '../../common/errors.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';

/** A labeled photo with the prediction of a model. */
export interface EvaluatedPhoto {
  /** Labeled age in completed years. */
  age: number;
  /** The groups of the photo, such as `{ sex: '0' }`; unknown values are empty. */
  groups: Readonly<Record<string, string>>;
  estimate: Pick<AgeEstimate, 'mean' | 'interval' | 'bucketProbabilities'>;
}

/** A labeled photo to evaluate a model on. */
export interface PhotoToEvaluate {
  /** Name for messages; it is not a path that can be opened. */
  file: string;
  /** Labeled age in completed years. */
  age: number;
  groups: Readonly<Record<string, string>>;
  /** Reads the bytes of the file; rejects if that fails. */
  read: () => Promise<Buffer<ArrayBuffer>>;
}

/** An evaluated photo that can be read again. */
export interface AnsweredPhoto extends EvaluatedPhoto, Pick<PhotoToEvaluate, 'file' | 'read'> {}

/** A photo that could not be evaluated, and the reason. */
export interface UnreadablePhoto {
  file: string;
  reason: string;
}

/** Estimates the age from the bytes of a photo's file; throws the ServiceError with which the service would respond. */
export type EstimateAge = (bytes: Uint8Array) => Promise<AgeEstimate>;

/** Errors that are caused by the photo, not by the model. */
const photoErrors: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unsupported_image_format',
  'image_undecodable',
  'image_too_small',
  'too_many_pixels',
]);

export function isPhotoError(code: ErrorCode): boolean {
  return photoErrors.has(code);
}

export type OnUnreadable = (photo: UnreadablePhoto) => void;

/** Reads a photo; reports a failure to `onUnreadable` and returns undefined. */
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
 * Yields the prediction of the estimator for each labeled photo, one photo at a time. Photos that cannot be read or decoded
 * are reported to `onUnreadable` and skipped.
 * @throws the errors of the estimator that are not caused by the photo
 */
export async function* answersOfEstimator(
  estimateAge: EstimateAge,
  labeled: readonly PhotoToEvaluate[],
  onUnreadable: OnUnreadable,
): AsyncGenerator<AnsweredPhoto> {
  for (const photo of labeled) {
    const { file, age, groups, read } = photo;
    const bytes = await readPhoto(photo, onUnreadable);
    if (bytes === undefined) continue;
    const estimate = await estimateAge(bytes).catch((error: unknown) => {
      if (!(error instanceof ServiceError) || !isPhotoError(error.code)) throw error;
      onUnreadable({ file, reason: error.message });
    });
    if (estimate !== undefined) yield { file, age, groups, read, estimate };
  }
}
