import { kernel, kernelBytes, SCRATCH_PIXELS } from './kernel.ts';

/** Brightness and contrast of a picture, in grey levels 0 … 255. */
export interface GreyStatistics {
  mean: number;
  /** Of the population, not of a sample. */
  std: number;
}

/** The kernel's loops take so many pixels at a time; zeros that fill up add to no sum. */
const VECTOR = 16;

export function greyStatistics(pixels: Uint8Array): GreyStatistics {
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
