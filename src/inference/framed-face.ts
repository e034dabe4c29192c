import { faceWarnings } from './face-warnings.ts';
import type { AlignedFace } from './face-search.ts';
import type { Face } from './faces/find-faces.ts';
import { grayStatistics, photoWarnings, type GrayStatistics } from './preprocess/photo-warnings.ts';
import { rec601Luma } from './preprocess/picture.ts';
import type { PhotoFacts, PreprocessSpec } from './preprocess/spec.ts';
import type { WarningDetail } from './preprocess/warnings.ts';

/** A face as the network gets it, with what is known of it before. */
export interface FramedFace {
  photo: PhotoFacts;
  /** In pixels of the whole photo, as displayed; undefined where the photo was taken for the framed face. */
  face: Face | undefined;
  /** The network's input; read-only. */
  pixels: Uint8Array;
  /** Brightness and contrast of the network's input. */
  gray: GrayStatistics;
  warnings: WarningDetail[];
}

/** A face that was found in a photo and aligned. */
export function foundIn(
  photo: PhotoFacts,
  { face, pixels, gray, quality }: AlignedFace,
): FramedFace {
  return { photo, face, pixels, gray, warnings: faceWarnings(quality) };
}

/** A photo that was taken for the framed face. */
export function asSent(
  { photo, pixels }: { photo: PhotoFacts; pixels: Uint8Array },
  spec: PreprocessSpec,
): FramedFace {
  const gray = grayStatistics(rec601Luma(pixels, spec.channels));
  return { photo, face: undefined, pixels, gray, warnings: photoWarnings(photo, gray, spec) };
}

/** Copies the pixels, because the caller may still hold them. */
export function asPhoto(pixels: Uint8Array, { width, height }: PreprocessSpec) {
  return { pixels: new Uint8Array(pixels), photo: { width, height, format: 'pixels' } };
}
