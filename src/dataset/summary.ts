import type { Dataset } from './dataset.ts';

const SHOWN = 20;

/** What a command prints of a data set: where it is, what became of its photos, which could not be read. */
export function describeSummary({
  location,
  layout,
  counts,
  fingerprint,
  unreadable,
}: Pick<Dataset, 'location' | 'layout' | 'counts' | 'fingerprint' | 'unreadable'>): string {
  const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  const skipped = unreadable.slice(0, SHOWN).map(({ key, reason }) => `skipped ${key}: ${reason}`);
  if (unreadable.length > SHOWN) skipped.push(`skipped ${unreadable.length - SHOWN} more`);
  return [
    `${location}, labelled by ${layout}`,
    `fingerprint ${fingerprint}`,
    numbers.join('  '),
    ...skipped,
  ].join('\n');
}
