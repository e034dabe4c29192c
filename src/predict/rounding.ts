const UNITS = 1_000_000;

/** A probability to 6 digits. */
export function roundProbability(probability: number): number {
  return Math.round(probability * UNITS) / UNITS;
}

/** An age to 2 digits of a year, about four days. */
export function roundYears(years: number): number {
  return Math.round(years * 100) / 100;
}

/**
 * Rounds a distribution to 6 digits so that it still sums to 1: each value is cut, and the units left over go
 * to the largest remainders (the method of Hamilton). No value moves by more than one unit.
 * @param probabilities sum to 1.
 */
export function roundDistribution(probabilities: readonly number[]): number[] {
  const exact = probabilities.map((p) => p * UNITS);
  const units = exact.map(Math.floor);
  const missing = UNITS - units.reduce((sum, unit) => sum + unit, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - units[index]! }))
    .sort((a, b) => b.remainder - a.remainder);
  for (const { index } of byRemainder.slice(0, Math.max(missing, 0))) units[index]! += 1;
  return units.map((unit) => unit / UNITS);
}
