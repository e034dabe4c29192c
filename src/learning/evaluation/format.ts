import type { Interval } from './metrics-file.ts';

/** Shown for values that are not available. */
export const NOT_AVAILABLE = '–';

export type Format = (value: number) => string;

/** Years with two decimals. */
export const years: Format = (value) => value.toFixed(2);

/** Years with a sign: +1.20 for overestimated ages. */
export const signedYears: Format = (value) => `${value < 0 ? '−' : '+'}${years(Math.abs(value))}`;

/** A share as a percentage with one decimal. */
export const percent: Format = (value) => `${(100 * value).toFixed(1)} %`;

/** A nominal share as a percentage, without trailing zeros: 80 %. */
export const wholePercent: Format = (value) => `${Number((100 * value).toFixed(1))} %`;

/** A share with three decimals. */
export const share: Format = (value) => value.toFixed(3);

/** An integer with thousands separators. */
export const whole: Format = (value) => value.toLocaleString('en');

export function orDash(value: number | null | undefined, format: Format): string {
  return value === null || value === undefined ? NOT_AVAILABLE : format(value);
}

/** `5.02–5.36`, with a percent sign only at the end, or `−0.45 to +0.12` for signed values. */
export function range({ low, high }: Interval, format: Format): string {
  const between = format === signedYears ? ' to ' : '–';
  return `${format(low).replace(/ %$/, '')}${between}${format(high)}`;
}

/** `5.19 (5.02–5.36)`, or only the value if there is no interval. */
export function withRange(
  value: number | null,
  interval: Interval | null | undefined,
  format: Format,
): string {
  if (value === null) return NOT_AVAILABLE;
  return interval ? `${format(value)} (${range(interval, format)})` : format(value);
}
