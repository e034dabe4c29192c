import { z } from 'zod';
import type { AgeCells } from './age-cells.ts';

const age = z.number().min(0).max(151);
const pointSchema = z.strictObject({ from: age, to: age });

type Point = z.infer<typeof pointSchema>;

/**
 * A monotone correction of a network's ages: what it calls `from` years is `to` years, with straight lines between the
 * points. The ends of the scale stay where they are. For networks that learned ages as people perceive them.
 */
export const ageCorrectionSchema = z
  .array(pointSchema)
  .min(1)
  .max(10)
  .refine((points) => points.every((point, at) => at === 0 || ascends(points[at - 1]!, point)), {
    error: 'the points must ascend, in `from` and in `to`',
  });

export type AgeCorrection = z.infer<typeof ageCorrectionSchema>;

function ascends(before: Point, after: Point): boolean {
  return after.from > before.from && after.to > before.to;
}

/** Moves the probabilities of a distribution to the corrected ages. The array may be the one that is passed. */
export type CorrectAges = (distribution: Float64Array) => Float64Array;

/**
 * @param points within the ages of the cells
 * @throws Error if a point is not
 */
export function ageCorrector(points: AgeCorrection, { starts, count }: AgeCells): CorrectAges {
  const [first, last] = [starts[0]!, starts[count]!];
  const ends = [{ from: first, to: first }, ...points, { from: last, to: last }];
  if (!ends.every((point, at) => at === 0 || ascends(ends[at - 1]!, point)))
    throw new Error(`the correction must lie between the ages ${first} and ${last}`);
  const edges = Float64Array.from({ length: count + 1 }, (_, at) => corrected(starts[at]!, ends));
  return (distribution) => spread(distribution, edges, starts);
}

function corrected(value: number, points: readonly Point[]): number {
  const next = points.findIndex(({ from }) => from >= value);
  if (next <= 0) return points[0]!.to;
  const [low, high] = [points[next - 1]!, points[next]!];
  return low.to + ((value - low.from) / (high.from - low.from)) * (high.to - low.to);
}

/** Spreads each cell's probability evenly over where its edges have moved to, and adds it up in the cells there. */
function spread(
  distribution: Float64Array,
  edges: Float64Array,
  starts: ArrayLike<number>,
): Float64Array {
  const moved = new Float64Array(distribution.length);
  let target = 0;
  for (let cell = 0; cell < distribution.length; cell++) {
    const [from, to] = [edges[cell]!, edges[cell + 1]!];
    const density = distribution[cell]! / (to - from);
    let at = from;
    while (at < to) {
      while (target < moved.length - 1 && starts[target + 1]! <= at) target++;
      const end = target === moved.length - 1 ? to : Math.min(to, starts[target + 1]!);
      moved[target]! += density * (end - at);
      at = end;
    }
  }
  return moved;
}
