import type { ErrorCode } from '../../../common/errors.ts';
import type { DecodedPhoto, PhotoCrop } from '../../preprocess/preprocess.ts';
import type { ReencodedPhoto, ReencodeOptions } from '../../preprocess/reencode.ts';
import type { PictureSpec, PreprocessLimits } from '../../preprocess/spec.ts';

/** A photo to decode. */
export interface DecodeTask {
  file: Uint8Array;
  spec: PictureSpec;
  limits: PreprocessLimits;
  crop: PhotoCrop | undefined;
}

/** A photo to encode again. */
export interface ReencodeTask {
  file: Uint8Array;
  reencode: ReencodeOptions;
  limits: PreprocessLimits;
}

/** What the child sends: that it is ready, and one answer for each task, in order. */
export type DecodeReply =
  | { kind: 'ready' }
  | { kind: 'decoded'; decoded: DecodedPhoto }
  | { kind: 'reencoded'; reencoded: ReencodedPhoto }
  | { kind: 'refused'; code: ErrorCode; detail: string };
