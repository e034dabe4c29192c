import { z } from 'zod';

const fraction = z.number().gt(0).lt(1);
const KNOTS_MAX = 1000;
const quantiles = { lowQuantile: fraction, highQuantile: fraction };

/** The quantiles at one predicted median age; they are interpolated between knots and constant beyond the last one. */
const knotSchema = z
  .strictObject({ median: z.number().min(-10).max(200), ...quantiles })
  .refine(({ lowQuantile, highQuantile }) => lowQuantile <= highQuantile, {
    error: 'the low quantile must not exceed the high one',
  });

/** The quantiles of the distribution that bound the interval; knots ascend by median. */
export const intervalSchema = z
  .strictObject({ level: fraction, knots: z.array(knotSchema).min(1).max(KNOTS_MAX) })
  .refine(({ knots }) => knots.every((knot, i) => i === 0 || knot.median >= knots[i - 1]!.median), {
    error: 'the knots must ascend by median',
  });

export type IntervalSpec = z.infer<typeof intervalSchema>;
export type IntervalKnot = z.infer<typeof knotSchema>;

/** The interval of a head without a fitted one: the central 80 %. */
export const centralInterval: IntervalSpec = {
  level: 0.8,
  knots: [{ median: 0, lowQuantile: 0.1, highQuantile: 0.9 }],
};

/**
 * The quantiles for a photo whose predicted median age is `median`. They enclose 0.5, and the interval therefore the
 * median, even where a manifest's knots do not.
 */
export function quantilesAt(
  { knots }: Pick<IntervalSpec, 'knots'>,
  median: number,
): { low: number; high: number } {
  const next = knots.findIndex((knot) => knot.median >= median);
  const right = knots[next === -1 ? knots.length - 1 : next]!;
  const left = next > 0 ? knots[next - 1]! : right;
  const span = right.median - left.median;
  const share = span > 0 ? (median - left.median) / span : 0;
  return {
    low: Math.min(0.5, left.lowQuantile + share * (right.lowQuantile - left.lowQuantile)),
    high: Math.max(0.5, left.highQuantile + share * (right.highQuantile - left.highQuantile)),
  };
}
