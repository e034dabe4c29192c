/**
 * What a label says about the age of a person in completed years. Both ends belong to the range; they are equal where the
 * age is known exactly.
 */
export interface AgeRange {
  readonly min: number;
  readonly max: number;
}

/** The highest age that a label may have; an open range such as `70+` ends here. */
export const MAX_AGE = 130;

/** The ends of a range stand on either side of a hyphen, dash or minus sign. */
const AGE = /^(\d{1,3})(?:\s*[-‐‑‒–—−]\s*(\d{1,3})|\s*(\+))?$/;

/**
 * Parses an age as labels give it: `34`, `20-29` or `70+`.
 * @returns undefined for anything else, and for a range that ends before it starts
 */
export function parseAge(text: string): AgeRange | undefined {
  const [, from, to, open] = AGE.exec(text.trim()) ?? [];
  if (from === undefined) return undefined;
  const min = Number(from);
  const max = open !== undefined ? MAX_AGE : to === undefined ? min : Number(to);
  return ageRange(min, max);
}

/** @returns undefined if the ends are not whole years up to MAX_AGE in ascending order */
export function ageRange(min: number, max: number): AgeRange | undefined {
  const areAges = [min, max].every((age) => Number.isInteger(age) && age >= 0 && age <= MAX_AGE);
  return areAges && min <= max ? { min, max } : undefined;
}

/** The range of an age that is known exactly. */
export function exactly(age: number): AgeRange {
  return { min: age, max: age };
}

/** The age, or undefined if only a range is known. */
export function exactAge({ min, max }: AgeRange): number | undefined {
  return min === max ? min : undefined;
}

/** @throws Error where only a range is known */
export function requireExactAge(age: AgeRange): number {
  if (age.min === age.max) return age.min;
  throw new Error(`the label ${formatAge(age)} is a range, and here exact ages are needed`);
}

/** By how many years an age lies outside of the range of a label; for an exact label, its absolute error. */
export function yearsOutside({ min, max }: AgeRange, age: number): number {
  return Math.max(0, min - age, age - max);
}

/**
 * The mean of the years that ages lie outside of their labels. Over the exact labels it is the mean absolute error, and
 * only without any the labels that are ranges count, because theirs are shorter distances.
 * @returns NaN without labels
 */
export function meanYearsOutside(labeled: readonly { label: AgeRange; age: number }[]): number {
  const exact = labeled.filter(({ label }) => exactAge(label) !== undefined);
  const counted = exact.length > 0 ? exact : labeled;
  return (
    counted.reduce((sum, { label, age }) => sum + yearsOutside(label, age), 0) / counted.length
  );
}

export function sameAge(one: AgeRange, other: AgeRange): boolean {
  return one.min === other.min && one.max === other.max;
}

/** Writes an age as `parseAge` reads it. */
export function formatAge({ min, max }: AgeRange): string {
  if (min === max) return String(min);
  return max === MAX_AGE ? `${min}+` : `${min}-${max}`;
}
