import { AGE_COUNT, labelSigma } from '../targets.ts';

/** Photos with the same label. */
export interface LabelCount {
  minAge: number;
  maxAge: number;
  /** How much they count together. */
  weight: number;
}

/** Each round of the estimation changes the density less than the one before it; this many leave nothing visible. */
const ROUNDS = 200;

/**
 * Estimates how common each age is among photos that are labeled with ranges: the maximum-likelihood estimate for
 * interval-censored data (Turnbull, JRSS B 1976), smoothed in each round (Silverman et al., "A Smoothed EM Approach to
 * Indirect Estimation Problems", JRSS B 1990), so that the density has no steps at the edges of the ranges and falls off
 * within an open last one.
 * @returns the probabilities of the ages from 0 to 100; they sum to 1
 */
export function ageDensity(labels: readonly LabelCount[]): Float64Array {
  const kernels = Array.from({ length: AGE_COUNT }, (_, age) => kernelAround(age));
  let density: Float64Array = new Float64Array(AGE_COUNT).fill(1 / AGE_COUNT);
  for (let round = 0; round < ROUNDS; round++) density = smooth(expected(density, labels), kernels);
  return density;
}

/** How much of the photos' weight has each age, if ages within a label are distributed as the density says. */
function expected(density: Float64Array, labels: readonly LabelCount[]): Float64Array {
  const weights = new Float64Array(AGE_COUNT);
  for (const { minAge, maxAge, weight } of labels) {
    const inside = density.subarray(minAge, maxAge + 1);
    const total = sumOf(inside);
    inside.forEach((value, index) => (weights[minAge + index]! += (weight * value) / total));
  }
  return normalized(weights);
}

function smooth(weights: Float64Array, kernels: readonly Float64Array[]): Float64Array {
  const smoothed = new Float64Array(AGE_COUNT);
  weights.forEach((weight, age) =>
    kernels[age]!.forEach((share, at) => (smoothed[at]! += weight * share)),
  );
  return smoothed;
}

/** A normal distribution over the ages that is narrow among children, whose groups are narrow too. */
function kernelAround(age: number): Float64Array {
  const sigma = 0.5 + age / 20;
  return normalized(
    Float64Array.from({ length: AGE_COUNT }, (_, at) => Math.exp(-0.5 * ((at - age) / sigma) ** 2)),
  );
}

/**
 * The distribution of the ages of people who are labeled with a range: as common as the density says, times the
 * probability that somebody of that age gets this label. Labels are as noisy as exact ones are assumed to be, so people
 * beyond the edges get it too.
 * @param spread as in `labelDistribution`
 */
export function ageWithin(
  density: Float64Array,
  { minAge, maxAge }: Pick<LabelCount, 'minAge' | 'maxAge'>,
  spread: number,
): Float32Array {
  const labeled = density.map((value, age) => {
    const sigma = labelSigma(age, spread);
    const below = minAge === 0 ? 0 : normalCdf((minAge - 0.5 - age) / sigma);
    const upTo = maxAge >= AGE_COUNT - 1 ? 1 : normalCdf((maxAge + 0.5 - age) / sigma);
    return value * (upTo - below);
  });
  return Float32Array.from(normalized(labeled));
}

/** The distribution function of the standard normal distribution, to 1e-4 (the logistic approximation of Bowling et al. 2009). */
function normalCdf(z: number): number {
  return 1 / (1 + Math.exp(-(0.07056 * z ** 3 + 1.5976 * z)));
}

function normalized(weights: Float64Array): Float64Array {
  const total = sumOf(weights);
  return weights.map((weight) => weight / total);
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
