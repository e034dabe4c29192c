import { wholeOf, type Region } from './picture.ts';
import type { Size } from './spec.ts';

/** Weights are integer multiples of 2^-14, so that the kernel's factors fit into 16 bits and its sums into 32. */
export const WEIGHT_ONE = 1 << 14;

/** The weights of one axis: output i is the sum of `count` inputs from `starts[i]`, weighted. */
export interface TriangleTaps {
  /** Number of inputs per output; a multiple of four, so that loops can process four at a time. */
  count: number;
  starts: Int32Array;
  /** output × count weights; those of each output sum to WEIGHT_ONE. */
  weights: Int16Array;
}

/** The inputs that may be read: `first` ≤ x < `end`. */
export interface TapRange {
  first: number;
  end: number;
}

/**
 * A triangle kernel as wide as the reduction factor (at least one pixel on each side), so that reducing is antialiased
 * and enlarging is linear interpolation. It is truncated and renormalized at the borders, like Pillow's BILINEAR.
 *
 * @param inputs the readable range
 * @param scale input pixels per output pixel
 * @param offset start of the output, in input pixels
 * @throws RangeError if the input is shorter than the kernel, which never happens from 16 pixels on
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
    const center = offset + (i + 0.5) * scale;
    const first = Math.ceil(center - support - 0.5);
    const start = Math.max(inputs.first, Math.min(first, inputs.end - count));
    const exact = Array.from({ length: count }, (_, k) =>
      triangle((start + k + 0.5 - center) / support),
    );
    starts[i] = start;
    weights.set(toWholeWeights(exact), i * count);
  }
  return { count, starts, weights };
}

function triangle(distance: number): number {
  return Math.max(0, 1 - Math.abs(distance));
}

/** Rounds the weights; the largest absorbs the rounding error, so that they still sum to WEIGHT_ONE. */
function toWholeWeights(exact: readonly number[]): number[] {
  const sum = exact.reduce((total, weight) => total + weight, 0);
  const whole = exact.map((weight) => Math.round((weight / sum) * WEIGHT_ONE));
  const missing = WEIGHT_ONE - whole.reduce((total, weight) => total + weight, 0);
  whole[exact.indexOf(Math.max(...exact))]! += missing;
  return whole;
}

/** How pictures of one size are resampled to another; immutable and shared between calls. */
export interface ResamplePlan {
  source: Size;
  target: Size;
  /** Source rows for each output row. */
  rows: TriangleTaps;
  /** Source columns for each output column, in the kernel's layout. */
  columns: ColumnTaps;
  /** The source columns in use: `columnsWide` of them from `firstColumn`. */
  firstColumn: number;
  columnsWide: number;
}

/** Taps in groups of four output columns; columns beyond the last repeat column 0 with weights of 0. */
export interface ColumnTaps {
  count: number;
  /** Bytes from `firstColumn` in a row of 16-bit values. */
  starts: Int32Array;
  /** For each group of four columns: count / 4 times four weights of each column. */
  weights: Int16Array;
}

const CACHED_PLANS = 32;
const plans = new Map<string, ResamplePlan>();
/** Photos of one size often come in a row. */
let latest: { key: string; plan: ResamplePlan } | undefined;

/**
 * The plan to resample the center of a region with a triangle kernel, as large as the target's shape allows. Nothing
 * outside the region is read, as if it had been cropped beforehand. The last few plans are cached.
 * @param region may extend beyond the source if the source was cropped to the part that the plan reads
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

/** Source pixels per target pixel when the target covers as much of the source as fits. */
export function coverScale(source: Size, target: Size): number {
  return Math.min(source.width / target.width, source.height / target.height);
}

/** The largest centered rectangle of a region that has the target's aspect ratio. */
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

/** The whole pixels of the source that the region touches, along one axis. */
function readable(start: number, length: number, size: number): TapRange {
  return {
    first: Math.max(0, Math.floor(start + WHOLE)),
    end: Math.min(size, Math.ceil(start + length - WHOLE)),
  };
}

/** Tolerance for rounding errors in sums of pixels. */
const WHOLE = 1e-6;
