import { triangleTaps, type TriangleTaps } from './triangle-taps.ts';

export interface Size {
  width: number;
  height: number;
}

/** How pictures of one size become pictures of another; immutable, shared between calls. */
export interface ResamplePlan {
  source: Size;
  target: Size;
  horizontal: TriangleTaps;
  vertical: TriangleTaps;
  /** Source columns that any output needs: `firstColumn` ≤ x < `endColumn`. */
  firstColumn: number;
  endColumn: number;
}

const CACHED_PLANS = 32;
const plans = new Map<string, ResamplePlan>();

/** The plan of a centred cover crop and a triangle-kernel resample; the last few are cached. */
export function coverPlan(source: Size, target: Size): ResamplePlan {
  const key = `${source.width}×${source.height}→${target.width}×${target.height}`;
  const plan = plans.get(key) ?? makePlan(source, target);
  plans.delete(key);
  plans.set(key, plan);
  if (plans.size > CACHED_PLANS) plans.delete(plans.keys().next().value!);
  return plan;
}

function makePlan(source: Size, target: Size): ResamplePlan {
  const scale = Math.min(source.width / target.width, source.height / target.height);
  const left = (source.width - target.width * scale) / 2;
  const top = (source.height - target.height * scale) / 2;
  const horizontal = triangleTaps(source.width, target.width, scale, left);
  const vertical = triangleTaps(source.height, target.height, scale, top);
  const firstColumn = horizontal.starts[0]!;
  const endColumn = horizontal.starts[target.width - 1]! + horizontal.count;
  return { source, target, horizontal, vertical, firstColumn, endColumn };
}

/**
 * Resamples output rows `fromRow` ≤ y < `toRow`, rounding to the nearest grey level.
 * Columns first: running over whole source rows, four at a time, is the fastest order measured in V8.
 *
 * @param grey source.height × source.width grey levels; may be longer
 * @param output target.height × target.width
 */
export function resampleRows(
  plan: ResamplePlan,
  grey: Uint8Array,
  output: Uint8Array,
  fromRow = 0,
  toRow = plan.target.height,
): void {
  const blended = new Float64Array(plan.source.width);
  for (let y = fromRow; y < toRow; y++) {
    blendRows(plan, grey, y, blended);
    blendColumns(plan, blended, output, y * plan.target.width);
  }
}

/** blended[x] = the weighted sum, over the source rows that output row `y` needs, of column x. */
function blendRows(plan: ResamplePlan, grey: Uint8Array, y: number, blended: Float64Array): void {
  const { vertical, firstColumn, endColumn } = plan;
  const stride = plan.source.width;
  const { count, weights } = vertical;
  const first = vertical.starts[y]! * stride;
  blended.fill(0);
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const w0 = weights[y * count + k]!;
    const w1 = weights[y * count + k + 1]!;
    const w2 = weights[y * count + k + 2]!;
    const w3 = weights[y * count + k + 3]!;
    let at = first + k * stride + firstColumn;
    for (let x = firstColumn; x < endColumn; x++, at++) {
      blended[x]! +=
        grey[at]! * w0 +
        grey[at + stride]! * w1 +
        grey[at + 2 * stride]! * w2 +
        grey[at + 3 * stride]! * w3;
    }
  }
  for (; k < count; k++) {
    const weight = weights[y * count + k]!;
    const row = first + k * stride;
    for (let x = firstColumn; x < endColumn; x++) blended[x]! += grey[row + x]! * weight;
  }
}

function blendColumns(
  plan: ResamplePlan,
  blended: Float64Array,
  output: Uint8Array,
  outputRow: number,
): void {
  const { count, starts, weights } = plan.horizontal;
  const { width } = plan.target;
  let w = 0;
  for (let x = 0; x < width; x++) {
    let sum = 0.5;
    const start = starts[x]!;
    for (let k = 0; k < count; k++) sum += blended[start + k]! * weights[w++]!;
    output[outputRow + x] = sum;
  }
}
