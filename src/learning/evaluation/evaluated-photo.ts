import { ServiceError, messageOf, type ErrorCode } from '../../common/errors.ts';
import type { FaceFacts } from '../../inference/faces/face-facts.ts';
import type { AgeEstimate } from '../../inference/head/age-head.ts';
import { exactAge, type AgeRange } from '../dataset/age-range.ts';

/** A labeled photo with the prediction of a model. */
export interface EvaluatedPhoto {
  age: AgeRange;
  /** The groups of the photo, such as `{ sex: '0' }`; unknown values are empty. */
  groups: Readonly<Record<string, string>>;
  /** The name of the data set that the photo belongs to, where there are several. */
  source?: string | undefined;
  estimate: Pick<AgeEstimate, 'mean' | 'median' | 'interval' | 'bucketProbabilities'>;
  /** The face that was found; undefined where the photo was taken for the framed face. */
  face?: FaceFacts | undefined;
}

/** A labeled photo to evaluate a model on. */
export interface PhotoToEvaluate {
  /** Name for messages; it is not a path that can be opened. */
  file: string;
  age: AgeRange;
  groups: Readonly<Record<string, string>>;
  /** As in EvaluatedPhoto. */
  source?: string | undefined;
  /** Reads the bytes of the file; rejects if that fails. */
  read: () => Promise<Buffer<ArrayBuffer>>;
}

/** An evaluated photo that can be read again. */
export interface AnsweredPhoto extends EvaluatedPhoto, Pick<PhotoToEvaluate, 'file' | 'read'> {}

/** Whether the age of a photo is known exactly; such photos count in other figures than those with a range. */
export function hasExactAge({ age }: Pick<EvaluatedPhoto, 'age'>): boolean {
  return exactAge(age) !== undefined;
}

/** A photo that was not answered, and why: it could not be read, or no face was found in it. */
export interface SkippedPhoto {
  file: string;
  kind: 'unreadable' | 'no_face';
  reason: string;
}

/** Estimates the age from the bytes of a photo's file; throws the ServiceError with which the service would respond. */
export type EstimateAge = (bytes: Uint8Array) => Promise<Pick<EvaluatedPhoto, 'estimate' | 'face'>>;

/** Errors that are caused by the photo, not by the model. */
const photoErrors: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unsupported_image_format',
  'image_undecodable',
  'image_too_small',
  'too_many_pixels',
]);

/** How a photo counts that the service answers with this error; undefined if the photo did not cause the error. */
export function skippedKindOf(code: ErrorCode): SkippedPhoto['kind'] | undefined {
  if (code === 'no_face') return 'no_face';
  return photoErrors.has(code) ? 'unreadable' : undefined;
}

export type OnSkipped = (photo: SkippedPhoto) => void;

/** Reads a photo; reports a failure to `onSkipped` and returns undefined. */
export async function readPhoto(
  { file, read }: Pick<PhotoToEvaluate, 'file' | 'read'>,
  onSkipped: OnSkipped,
): Promise<Buffer<ArrayBuffer> | undefined> {
  try {
    return await read();
  } catch (error) {
    onSkipped({ file, kind: 'unreadable', reason: messageOf(error) });
    return undefined;
  }
}

/**
 * Yields the prediction of the estimator for each labeled photo, one photo at a time. Photos that cannot be read or
 * decoded, or show no face, are reported to `onSkipped`.
 * @throws the errors of the estimator that are not caused by the photo
 */
export async function* answersOfEstimator(
  estimateAge: EstimateAge,
  labeled: readonly PhotoToEvaluate[],
  onSkipped: OnSkipped,
): AsyncGenerator<AnsweredPhoto> {
  for (const photo of labeled) {
    const { file, age, groups, source, read } = photo;
    const bytes = await readPhoto(photo, onSkipped);
    if (bytes === undefined) continue;
    const answer = await estimateAge(bytes).catch((error: unknown) => {
      const kind = error instanceof ServiceError ? skippedKindOf(error.code) : undefined;
      if (kind === undefined) throw error;
      onSkipped({ file, kind, reason: messageOf(error) });
    });
    if (answer !== undefined) yield { file, age, groups, source, read, ...answer };
  }
}
