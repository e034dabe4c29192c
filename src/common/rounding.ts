import { indexOfLargest } from './statistics.ts';

const UNITS = 1_000_000;

/** Rounds a probability to 6 digits. */
export function roundProbability(probability: number): number {
  return Math.round(probability * UNITS) / UNITS;
}

/** Rounds an age to hundredths of a year, about four days. */
export function roundYears(years: number): number {
  return Math.round(years * 100) / 100;
}

/**
 * Rounds a distribution to 6 digits so that it still sums to 1: each value is truncated, and the remaining units go to
 * the largest remainders (Hamilton's method). No value changes by more than one unit.
 * @param probabilities sum to 1.
 */
export function roundDistribution(probabilities: readonly number[]): number[] {
  const units = probabilities.map((p) => Math.floor(p * UNITS));
  const remainders = probabilities.map((p, index) => p * UNITS - units[index]!);
  const missing = UNITS - units.reduce((sum, unit) => sum + unit, 0);
  for (let given = 0; given < Math.min(missing, units.length); given += 1) {
    const largest = indexOfLargest(remainders);
    units[largest]! += 1;
    remainders[largest] = -1;
  }
  return units.map((unit) => unit / UNITS);
}
