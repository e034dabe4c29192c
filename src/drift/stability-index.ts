/** Photos in each bin. */
type Counts = readonly number[] | Uint32Array;

/** Added to each bin of both sides: an empty bin would make the index infinite (the prior of Jeffreys, 1946). */
const PSEUDO_COUNT = 0.5;

/**
 * Population stability index of two histograms over the same bins: Σ (q − p) · ln(q / p), both made to sum to 1. Zero
 * where they are equal, the same when they change places. By a rule of thumb under 0.1 nothing has changed and over
 * 0.25 much has (N. Siddiqi, "Credit Risk Scorecards", 2006).
 */
export function stabilityIndex(reference: Counts, window: Counts): number {
  const [referenceTotal, windowTotal] = [smoothedTotal(reference), smoothedTotal(window)];
  let index = 0;
  for (let bin = 0; bin < reference.length; bin++) {
    const p = (reference[bin]! + PSEUDO_COUNT) / referenceTotal;
    const q = (window[bin]! + PSEUDO_COUNT) / windowTotal;
    index += (q - p) * Math.log(q / p);
  }
  return index;
}

/** Quantile 1 − 10⁻⁶ of the standard normal. */
const ONE_IN_A_MILLION = 4.7534;

/**
 * The index that unchanged traffic exceeds once in a million windows. It is about (1/n + 1/m) · χ² with bins − 1
 * degrees of freedom, for samples of n and m (B. Yurdakul and J. Naranjo, "Statistical properties of the population
 * stability index", Journal of Risk Model Validation 14, 2020); the quantile by Wilson and Hilferty (1931).
 */
export function indexByChance(reference: Counts, windowPhotos: number): number {
  const degrees = reference.length - 1;
  if (degrees === 0) return 0;
  const spread = 2 / (9 * degrees);
  const quantile = degrees * (1 - spread + ONE_IN_A_MILLION * Math.sqrt(spread)) ** 3;
  return quantile * (1 / windowPhotos + 1 / totalOf(reference));
}

function smoothedTotal(counts: Counts): number {
  return totalOf(counts) + PSEUDO_COUNT * counts.length;
}

function totalOf(counts: Counts): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
