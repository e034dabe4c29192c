import type { Counter } from 'prom-client';

/**
 * Gives a counter a series of 0 for each value of its label. A series that is first seen at 1 has no increase that
 * `rate()` could tell.
 */
export function startAtZero<Label extends string>(
  counter: Counter<Label>,
  label: Label,
  values: readonly string[],
): void {
  for (const value of values) {
    const labels: Partial<Record<Label, string>> = {};
    labels[label] = value;
    counter.inc(labels, 0);
  }
}
