import { kernel, kernelBytes, SCRATCH_PIXELS } from './kernel.ts';
import type { PhotoFacts, Size } from './spec.ts';

/** Brightness and contrast of a picture, in gray levels from 0 to 255. */
export interface GrayStatistics {
  mean: number;
  /** Standard deviation of the population, not of a sample. */
  std: number;
}

/** The kernel's loops process this many pixels at a time; the rest is filled with zeros, which add nothing. */
const VECTOR = 16;

export function grayStatistics(pixels: Uint8Array): GrayStatistics {
  let sum = 0;
  let squares = 0;
  for (let start = 0; start < pixels.length; start += SCRATCH_PIXELS) {
    const part = pixels.subarray(start, start + SCRATCH_PIXELS);
    const length = Math.ceil(part.length / VECTOR) * VECTOR;
    const scratch = kernelBytes();
    scratch.fill(0, part.length, length);
    scratch.set(part);
    sum += Number(kernel.sum(0, length));
    squares += Number(kernel.sumOfSquares(0, length));
  }
  const mean = sum / pixels.length;
  return { mean, std: Math.sqrt(Math.max(0, squares / pixels.length - mean * mean)) };
}

/** A reason to doubt an answer; the names are part of the HTTP contract. */
export type PhotoWarning = 'tiny' | 'low_contrast' | 'far_from_square';

/** Standard deviation in gray levels. */
const LOW_CONTRAST_STD = 12;
/** The cover crop keeps less than half of a photo above this aspect ratio. */
const FAR_FROM_SQUARE_RATIO = 2;

/**
 * @param gray statistics of the network's input
 * @param input size of the network's input; a smaller photo had to be enlarged
 */
export function photoWarnings(
  photo: PhotoFacts,
  gray: GrayStatistics,
  input: Size,
): PhotoWarning[] {
  const warnings: PhotoWarning[] = [];
  if (photo.width < input.width || photo.height < input.height) warnings.push('tiny');
  if (gray.std < LOW_CONTRAST_STD) warnings.push('low_contrast');
  const ratio = Math.max(photo.width / photo.height, photo.height / photo.width);
  if (ratio > FAR_FROM_SQUARE_RATIO) warnings.push('far_from_square');
  return warnings;
}
