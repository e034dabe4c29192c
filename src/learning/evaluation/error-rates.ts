import { wilsonInterval } from '../../common/statistics.ts';
import type { Outcomes } from './metrics.ts';
import type { Rate, ThresholdRates } from './metrics-file.ts';

/** The error rate with Wilson's 95 % interval; both are null without photos. */
export function rateOf(errors: number, of: number): Rate {
  if (of === 0) return { errors, of, rate: null, interval: null };
  return { errors, of, rate: errors / of, interval: wilsonInterval(errors, of) };
}

export const ADULT_YEARS = 18;
export const BUFFERS_YEARS = [0, 3, 5, 7] as const;

/**
 * Error rates of an age check in which a face passes if its mean age is at least 18 years plus a buffer. A minor who passes
 * is a false positive, and an adult who does not is a false negative. A buffer trades one error for the other, like the
 * "Challenge 25" policy in shops (Hanaoka et al., "Face Analysis Technology Evaluation: Age
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
