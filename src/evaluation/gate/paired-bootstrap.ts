import { mulberry32 } from '../../common/random.ts';
import type { Interval } from '../metrics-file.ts';
import { quantileOf } from '../../common/quantile.ts';

/** How often each photo counts, in the photos' order. */
export type Weights = Uint16Array;

export interface BootstrapOptions {
  resamples: number;
  /** Share of the resamples that an interval holds, its tails alike. */
  confidence: number;
  seed: number;
}

/**
 * How far statistics of two versions on the same photos might be off by the choice of photos: each resample draws as
 * many photos with replacement, and both versions are held against each other on these (paired percentile bootstrap;
 * Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8 and 13).
 * @param statistics of the weighted photos; NaN where they say nothing, which counts for nothing
 * @returns an interval by name; NaN where no resample says anything
 */
export function pairedBootstrap<Name extends string>(
  photos: number,
  statistics: (weights: Weights) => Readonly<Record<Name, number>>,
  { resamples, confidence, seed }: BootstrapOptions,
): Record<Name, Interval> {
  const random = mulberry32(seed);
  const weights = new Uint16Array(photos);
  const drawn = Array.from({ length: resamples }, () => {
    resample(weights, random);
    return statistics(weights);
  });
  const names = Object.keys(drawn[0]!) as Name[];
  const intervals = names.map((name) => {
    const values = drawn.map((statistic) => statistic[name]).filter((value) => !isNaN(value));
    return [name, centralInterval(Float64Array.from(values).sort(), confidence)] as const;
  });
  return Object.fromEntries(intervals) as Record<Name, Interval>;
}

function resample(weights: Weights, random: () => number): void {
  const photos = weights.length;
  weights.fill(0);
  for (let draw = 0; draw < photos; draw++) weights[Math.floor(random() * photos)]! += 1;
}

function centralInterval(ascending: Float64Array, confidence: number): Interval {
  if (ascending.length === 0) return { low: NaN, high: NaN };
  const tail = (1 - confidence) / 2;
  return { low: quantileOf(ascending, tail), high: quantileOf(ascending, 1 - tail) };
}
