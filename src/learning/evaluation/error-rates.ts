import type { Outcomes } from './evaluated-photo.ts';
import type { Interval, Rate, ThresholdRates } from './metrics-file.ts';

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

export const ADULT_YEARS = 18;
export const BUFFERS_YEARS = [0, 3, 5, 7] as const;

/**
 * The two errors of letting pass who looks old enough: a face passes where its mean age is at least 18 years plus a
 * buffer. A minor that passes is a false positive, an adult that does not is a false negative. A buffer trades the
 * one for the other, as "challenge 25" does at a till (Hanaoka et al., "Face Analysis Technology Evaluation: Age
 * Estimation and Verification", NIST IR 8525, 2024).
 */
export function adultThresholdRates(
  { ages, means }: Pick<Outcomes, 'ages' | 'means'>,
  buffersYears: readonly number[] = BUFFERS_YEARS,
): ThresholdRates[] {
  const adults = ages.filter((age) => age >= ADULT_YEARS).length;
  return buffersYears.map((bufferYears) => {
    const passes = means.map((mean) => Number(mean >= ADULT_YEARS + bufferYears));
    const passingOf = (isAdult: boolean) =>
      passes.filter((pass, photo) => pass === 1 && ages[photo]! >= ADULT_YEARS === isAdult).length;
    return {
      bufferYears,
      falsePositive: rateOf(passingOf(false), ages.length - adults),
      falseNegative: rateOf(adults - passingOf(true), adults),
    };
  });
}
