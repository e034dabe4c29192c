import type { ErrorCode } from '../../../common/errors.ts';
import type { DecodedPhoto, PhotoCrop } from '../../preprocess/preprocess.ts';
import type { PictureSpec, PreprocessLimits } from '../../preprocess/spec.ts';

/** A photo to decode. */
export interface DecodeTask {
  file: Uint8Array;
  spec: PictureSpec;
  limits: PreprocessLimits;
  crop: PhotoCrop | undefined;
}

/** What the child sends: that it is ready, and one answer for each task, in order. */
export type DecodeReply =
  | { kind: 'ready' }
  | { kind: 'decoded'; decoded: DecodedPhoto }
  | { kind: 'refused'; code: ErrorCode; detail: string };
