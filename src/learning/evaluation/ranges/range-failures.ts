import { share, whole, withRange, percent } from '../format.ts';
import { AGE_COLUMN, namedGroups, type NamedGroup } from '../groups.ts';
import type { MetricsFile } from '../metrics-file.ts';
import type { MeasuredRanges } from './range-figures-schema.ts';

/**
 * Describes in sentences where the model fails on range labels. A group is named if its 95 % interval does not include the
 * reference value. Returns an empty list if there are no range labels or no failure is found.
 */
export function rangeFailures({
  ranges,
  groupNames,
}: Pick<MetricsFile, 'ranges' | 'groupNames'>): string[] {
  if (ranges === null) return [];
  const groups = namedGroups({ groups: ranges.groups, groupNames });
  return [...inaccurate(ranges.all, groups), ...miscalibrated(ranges.all, groups)];
}

function inaccurate(all: MeasuredRanges, groups: readonly NamedGroup<MeasuredRanges>[]): string[] {
  const limit = all.intervals?.groupAccuracy?.low ?? all.groupAccuracy;
  const low = groups
    .filter(({ measured }) => (measured.intervals?.groupAccuracy?.high ?? 1) < limit)
    .sort((a, b) => a.measured.groupAccuracy - b.measured.groupAccuracy)
    .map(({ name, measured: { groupAccuracy, intervals, count } }) => {
      const accuracy = withRange(groupAccuracy, intervals?.groupAccuracy, percent);
      return `${name} (${accuracy}; ${whole(count)} photos)`;
    });
  if (low.length === 0) return [];
  return [
    `Of labels that are ranges, fewer are right than of all of them (${percent(all.groupAccuracy)}) for ${low.join(', ')}.`,
  ];
}

function miscalibrated(
  all: MeasuredRanges,
  groups: readonly NamedGroup<MeasuredRanges>[],
): string[] {
  const others = groups.filter(({ column }) => column !== AGE_COLUMN);
  const off = [{ name: 'all of them', measured: all }, ...others].flatMap(
    ({ name, measured: { ece, calibratedEce95 } }) =>
      ece === null || calibratedEce95 === null || ece <= calibratedEce95
        ? []
        : [`${name} (ECE ${share(ece)}, by chance up to ${share(calibratedEce95)})`],
  );
  if (off.length === 0) return [];
  return [
    `For labels that are ranges, confidence and accuracy differ by more than chance can explain for ${off.join(', ')}.`,
  ];
}
