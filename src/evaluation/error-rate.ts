import type { Interval, Rate } from './metrics-file.ts';

/** The standard normal's 97.5 % quantile: intervals of 95 %. */
const Z = 1.959964;

/** The share of errors with its interval; without photos there is neither. */
export function rateOf(errors: number, of: number): Rate {
  if (of === 0) return { errors, of, rate: null, interval: null };
  return { errors, of, rate: errors / of, interval: wilsonInterval(errors, of) };
}

/**
 * Wilson's 95 % interval of a share ("Probable inference, the law of succession, and statistical inference", JASA
 * 1927). Unlike a bootstrap's, it does not shrink to a point where there
 * is no error at all.
 */
export function wilsonInterval(errors: number, of: number): Interval {
  const share = errors / of;
  const spread = (Z * Z) / of;
  const centre = share + spread / 2;
  const half = Z * Math.sqrt((share * (1 - share)) / of + spread / (4 * of));
  return {
    low: Math.max(0, (centre - half) / (1 + spread)),
    high: Math.min(1, (centre + half) / (1 + spread)),
  };
}
