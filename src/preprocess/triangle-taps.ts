/** Weights are whole numbers of 2^-14: what the kernel multiplies fits into 16 bits, and its sums into 32. */
export const WEIGHT_ONE = 1 << 14;

/** The weights of one axis: output i is the sum of `count` inputs from `starts[i]`, weighted. */
export interface TriangleTaps {
  /** Inputs per output; the same for all, and a multiple of four so that loops can take four at a time. */
  count: number;
  starts: Int32Array;
  /** output × count; each output's weights sum to WEIGHT_ONE. */
  weights: Int16Array;
}

/** Inputs that may be read: `first` ≤ x < `end`. */
export interface TapRange {
  first: number;
  end: number;
}

/**
 * A triangle kernel as wide as the shrink factor (at least one pixel each side), so that shrinking is antialiased
 * and enlarging is linear interpolation; at the borders it is cut off and renormalised. Pillow's BILINEAR does the same.
 *
 * @param inputs the borders
 * @param scale input pixels per output pixel
 * @param offset where the output begins, in input pixels
 * @throws RangeError where the input is shorter than the kernel, which inputs of 16 pixels and more never are
 */
export function triangleTaps(
  inputs: TapRange,
  outputSize: number,
  scale: number,
  offset: number,
): TriangleTaps {
  const support = Math.max(scale, 1);
  const count = Math.ceil(Math.ceil(2 * support) / 4) * 4;
  const available = inputs.end - inputs.first;
  if (count > available) throw new RangeError(`${available} pixels are too few for the kernel`);
  const starts = new Int32Array(outputSize);
  const weights = new Int16Array(outputSize * count);
  for (let i = 0; i < outputSize; i++) {
    const centre = offset + (i + 0.5) * scale;
    const first = Math.ceil(centre - support - 0.5);
    const start = Math.max(inputs.first, Math.min(first, inputs.end - count));
    const exact = Array.from({ length: count }, (_, k) =>
      triangle((start + k + 0.5 - centre) / support),
    );
    starts[i] = start;
    weights.set(toWholeWeights(exact), i * count);
  }
  return { count, starts, weights };
}

function triangle(distance: number): number {
  return Math.max(0, 1 - Math.abs(distance));
}

/** Rounded so that they still sum to one: what is over or missing, at most half a unit each, goes to the largest. */
function toWholeWeights(exact: readonly number[]): number[] {
  const sum = exact.reduce((total, weight) => total + weight, 0);
  const whole = exact.map((weight) => Math.round((weight / sum) * WEIGHT_ONE));
  const missing = WEIGHT_ONE - whole.reduce((total, weight) => total + weight, 0);
  whole[exact.indexOf(Math.max(...exact))]! += missing;
  return whole;
}
