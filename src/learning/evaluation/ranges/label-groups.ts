import { OLDEST_AGE, type Bucket } from '../../../inference/head/buckets.ts';
import { formatAge, MAX_AGE, type AgeRange } from '../../dataset/age-range.ts';

/**
 * Returns the groups of ages among which range labels choose: the distinct ranges of the labels, and a group for each gap
 * below, between and above them, so that an answer in a gap is wrong. They cover every age once, in ascending order.
 * @returns undefined if two of the ranges overlap, because then no group of ages is the only right one
 */
export function labelGroupsOf(labels: readonly AgeRange[]): Bucket[] | undefined {
  const ranges = distinctRanges(labels);
  const groups: Bucket[] = [];
  let next = 0;
  for (const range of ranges) {
    if (range.min < next) return undefined;
    if (range.min > next) groups.push(groupOf({ min: next, max: range.min - 1 }));
    groups.push(groupOf(range));
    next = range.max + 1;
  }
  const oldest = ranges.at(-1)?.max ?? 0;
  if (oldest < OLDEST_AGE) groups.push(groupOf({ min: next, max: MAX_AGE }));
  return groups;
}

/** The distinct ranges among labels, in ascending order. Ranges that end at 100 or later end there for every model. */
export function distinctRanges(labels: readonly AgeRange[]): AgeRange[] {
  const distinct = new Map<string, AgeRange>();
  for (const label of labels) {
    const range = openEnded(label);
    distinct.set(formatAge(range), range);
  }
  return [...distinct.values()].sort((a, b) => a.min - b.min || a.max - b.max);
}

/** The range of a label as figures name it: `70-116` is `70+`, since networks do not distinguish ages above 100. */
export function openEnded({ min, max }: AgeRange): AgeRange {
  return { min, max: max >= OLDEST_AGE ? MAX_AGE : max };
}

function groupOf(range: AgeRange): Bucket {
  return { label: formatAge(range), ...range };
}
