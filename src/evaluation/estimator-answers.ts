import { ServiceError, messageOf, type ErrorCode } from '../common/errors.ts';
import type { AgeEstimate } from '../inference/head/age-head.ts';
import type { AnsweredPhoto, PhotoToJudge, UnreadablePhoto } from './judged-photo.ts';

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
  { file, read }: Pick<PhotoToJudge, 'file' | 'read'>,
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
  labelled: readonly PhotoToJudge[],
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
