import { wholeOf, type Region } from './region.ts';
import type { Size } from './size.ts';
import { triangleTaps, type TapRange, type TriangleTaps } from './triangle-taps.ts';

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
  const key = [source, target, region].map((part) => Object.values(part).join()).join(' ');
  const plan = plans.get(key) ?? makePlan(source, target, region);
  plans.delete(key);
  plans.set(key, plan);
  if (plans.size > CACHED_PLANS) plans.delete(plans.keys().next().value!);
  return plan;
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
  const columns = readable(region.left, region.width, source.width);
  const rows = readable(region.top, region.height, source.height);
  const horizontal = triangleTaps(columns, target.width, scale, left);
  const vertical = triangleTaps(rows, target.height, scale, top);
  const firstColumn = horizontal.starts[0]!;
  const endColumn = horizontal.starts[target.width - 1]! + horizontal.count;
  return { source, target, horizontal, vertical, firstColumn, endColumn };
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
