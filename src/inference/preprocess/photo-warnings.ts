import { kernel, kernelBytes, SCRATCH_PIXELS } from './kernel.ts';
import type { WarningCode, WarningDetail } from './warnings.ts';
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

/** Standard deviation in gray levels. */
const LOW_CONTRAST_STD = 12;
/** The cover crop keeps less than half of a photo above this aspect ratio. */
const FAR_FROM_SQUARE_RATIO = 2;

/**
 * Warnings about a photo that is taken for a framed face. They do not change decisions, as in 0.1.
 * @param gray statistics of the network's input
 * @param input size of the network's input; a smaller photo had to be enlarged
 */
export function photoWarnings(
  photo: PhotoFacts,
  gray: GrayStatistics,
  input: Size,
): WarningDetail[] {
  const warnings: WarningDetail[] = [];
  const warn = (code: WarningCode, value: number, threshold: number): void => {
    warnings.push({ code, severity: 'minor', value, threshold });
  };
  if (photo.width < input.width) warn('tiny', photo.width, input.width);
  else if (photo.height < input.height) warn('tiny', photo.height, input.height);
  if (gray.std < LOW_CONTRAST_STD) warn('low_contrast', gray.std, LOW_CONTRAST_STD);
  const ratio = Math.max(photo.width / photo.height, photo.height / photo.width);
  if (ratio > FAR_FROM_SQUARE_RATIO) warn('far_from_square', ratio, FAR_FROM_SQUARE_RATIO);
  return warnings;
}
