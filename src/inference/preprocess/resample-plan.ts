import { wholeOf, type Region } from './picture.ts';
import type { Size } from './spec.ts';

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

/** How pictures of one size become pictures of another; immutable, shared between calls. */
export interface ResamplePlan {
  source: Size;
  target: Size;
  /** Source rows for each output row. */
  rows: TriangleTaps;
  /** Source columns for each output column, as the kernel takes them. */
  columns: ColumnTaps;
  /** Source columns that any output needs: `columnsWide` of them from `firstColumn`. */
  firstColumn: number;
  columnsWide: number;
}

/** Taps laid out for four output columns at a time; those beyond the last repeat column 0 with weights of 0. */
export interface ColumnTaps {
  count: number;
  /** Bytes from `firstColumn` in a row of 16-bit values. */
  starts: Int32Array;
  /** For each four columns, count / 4 times, 4 weights of each. */
  weights: Int16Array;
}

const CACHED_PLANS = 32;
const plans = new Map<string, ResamplePlan>();
/** Photos of one size often come in a row. */
let latest: { key: string; plan: ResamplePlan } | undefined;

/**
 * The plan of a triangle-kernel resample of a region's centre, as large as the target's shape allows. Nothing outside
 * the region is read, as if it had been cut out before. The last few plans are cached.
 * @param region may reach beyond the source where the source was cut to what the plan reads
 */
export function coverPlan(
  source: Size,
  target: Size,
  region: Region = wholeOf(source),
): ResamplePlan {
  const key = keyOf(source, target, region);
  if (latest?.key === key) return latest.plan;
  const plan = plans.get(key) ?? makePlan(source, target, region);
  plans.delete(key);
  plans.set(key, plan);
  if (plans.size > CACHED_PLANS) plans.delete(plans.keys().next().value!);
  latest = { key, plan };
  return plan;
}

function keyOf(source: Size, target: Size, { left, top, width, height }: Region): string {
  return `${source.width} ${source.height} ${target.width} ${target.height} ${left} ${top} ${width} ${height}`;
}

/** Source pixels per target pixel when the target just fits into the source. */
export function coverScale(source: Size, target: Size): number {
  return Math.min(source.width / target.width, source.height / target.height);
}

/** The largest rectangle of the target's shape in the middle of a region. */
export function coverRegion(region: Region, target: Size): Region {
  const scale = coverScale(region, target);
  const width = target.width * scale;
  const height = target.height * scale;
  return {
    left: region.left + (region.width - width) / 2,
    top: region.top + (region.height - height) / 2,
    width,
    height,
  };
}

function makePlan(source: Size, target: Size, region: Region): ResamplePlan {
  const scale = coverScale(region, target);
  const { left, top } = coverRegion(region, target);
  const readableColumns = readable(region.left, region.width, source.width);
  const readableRows = readable(region.top, region.height, source.height);
  const taps = triangleTaps(readableColumns, target.width, scale, left);
  const firstColumn = taps.starts[0]!;
  return {
    ...{ source, target, firstColumn },
    rows: triangleTaps(readableRows, target.height, scale, top),
    columns: inFours(taps, firstColumn),
    columnsWide: taps.starts[target.width - 1]! + taps.count - firstColumn,
  };
}

function inFours({ count, starts, weights }: TriangleTaps, firstColumn: number): ColumnTaps {
  const padded = Math.ceil(starts.length / 4) * 4;
  const laidOut = new Int16Array(padded * count);
  for (let x = 0; x < starts.length; x++) {
    for (let k = 0; k < count; k++) {
      const step = (x - (x % 4)) * count + (k - (k % 4)) * 4;
      laidOut[step + (x % 4) * 4 + (k % 4)] = weights[x * count + k]!;
    }
  }
  const offsets = new Int32Array(padded);
  starts.forEach((start, x) => (offsets[x] = (start - firstColumn) * Int16Array.BYTES_PER_ELEMENT));
  return { count, starts: offsets, weights: laidOut };
}

/** Whole pixels of the source that the region touches, along one axis. */
function readable(start: number, length: number, size: number): TapRange {
  return {
    first: Math.max(0, Math.floor(start + WHOLE)),
    end: Math.min(size, Math.ceil(start + length - WHOLE)),
  };
}

/** Noise of a sum of pixels. */
const WHOLE = 1e-6;
