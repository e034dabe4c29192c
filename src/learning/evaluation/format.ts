import type { Interval } from './metrics-file.ts';

/** What people read where there is nothing to say. */
export const NOT_AVAILABLE = '–';

export type Format = (value: number) => string;

/** Years, to a hundredth. */
export const years: Format = (value) => value.toFixed(2);

/** Years with their sign: +1.20 where faces are taken for older. */
export const signedYears: Format = (value) => `${value < 0 ? '−' : '+'}${years(Math.abs(value))}`;

/** A share as per cent, to a tenth. */
export const percent: Format = (value) => `${(100 * value).toFixed(1)} %`;

/** A nominal share as per cent, without a tenth where it has none: 80 %. */
export const wholePercent: Format = (value) => `${Number((100 * value).toFixed(1))} %`;

/** A share of 1, to a thousandth. */
export const share: Format = (value) => value.toFixed(3);

/** A whole number with its thousands apart. */
export const whole: Format = (value) => value.toLocaleString('en');

export function orDash(value: number | null | undefined, format: Format): string {
  return value === null || value === undefined ? NOT_AVAILABLE : format(value);
}

/** `5.02–5.36`, with the unit of a per cent said once; `−0.45 to +0.12` where there are signs. */
export function range({ low, high }: Interval, format: Format): string {
  const between = format === signedYears ? ' to ' : '–';
  return `${format(low).replace(/ %$/, '')}${between}${format(high)}`;
}

/** `5.19 (5.02–5.36)`, or the value alone where there is no interval. */
export function withRange(
  value: number | null,
  interval: Interval | null | undefined,
  format: Format,
): string {
  if (value === null) return NOT_AVAILABLE;
  return interval ? `${format(value)} (${range(interval, format)})` : format(value);
}
