/** Of the normal distribution: one in twenty lies beyond, on one side. */
export const ONE_SIDED_95 = 1.645;

/**
 * The share that so many of so many show for sure: the lower end of Wilson's score interval, one-sided at 95 %
 * (E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927).
 */
export function wilsonLowerBound(hits: number, count: number): number {
  if (count === 0) return 0;
  const z = ONE_SIDED_95;
  const share = hits / count;
  const centre = share + (z * z) / (2 * count);
  const spread = z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  return Math.max(0, (centre - spread) / (1 + (z * z) / count));
}
