import {
  orDash,
  percent,
  range,
  share,
  signedYears,
  whole,
  withRange,
  years,
  wholePercent,
} from '../format.ts';
import { AGE_COLUMN, namedGroups, type NamedGroup } from '../groups.ts';
import {
  hasExactMetrics,
  type ExactMetricsFile,
  type MetricsFile,
  type Measured,
} from '../metrics-file.ts';
import { rangeFailures } from '../ranges/range-failures.ts';

/** With fewer photos, the metrics of a group are unreliable. */
const FEW_PHOTOS = 30;
/** A smaller bias is not reported, even if it is significant. */
const MIN_REPORTED_BIAS_YEARS = 2;

type Intervals = NonNullable<Measured['intervals']>;
type GroupWithIntervals = NamedGroup & { intervals: Intervals };

/**
 * Describes in sentences where the model fails, based on the metrics. A group is named if its 95 % interval does not
 * include the reference value. Returns an empty list if no failure is found.
 */
export function knownFailures(metrics: MetricsFile): string[] {
  const exact = hasExactMetrics(metrics) ? exactFailures(metrics) : [];
  return [...exact, ...rangeFailures(metrics)];
}

function exactFailures(metrics: ExactMetricsFile): string[] {
  const groups = namedGroups(metrics);
  const withIntervals = groups.flatMap((group): GroupWithIntervals[] =>
    group.measured.intervals === null ? [] : [{ ...group, intervals: group.measured.intervals }],
  );
  return [
    ...highErrors(metrics.all, withIntervals),
    ...biases(withIntervals),
    ...unequalColumns(withIntervals),
    ...lowCoverage(metrics, withIntervals),
    ...miscalibration(metrics.all, groups),
    ...passingMinors(metrics, groups),
    ...unequalPassing(metrics, groups),
    ...fewPhotos(groups),
  ];
}

function highErrors({ intervals, mae }: Measured, groups: readonly GroupWithIntervals[]): string[] {
  const limit = intervals?.mae.high ?? mae;
  const high = groups
    .filter((group) => group.column === AGE_COLUMN && group.intervals.mae.low > limit)
    .sort((a, b) => b.measured.mae - a.measured.mae);
  if (high.length === 0) return [];
  const items = high.map(({ name, measured, intervals: own }) => {
    const interval = range(own.mae, years);
    return `${name} (${years(measured.mae)} years, ${interval}; ${whole(measured.count)} photos)`;
  });
  return [`The MAE exceeds that of all photos (${years(mae)} years) for ${items.join(', ')}.`];
}

function biases(groups: readonly GroupWithIntervals[]): string[] {
  const describe = (error: string, some: readonly GroupWithIntervals[]) => {
    const items = some.map(({ name, measured }) => `${name} (${signedYears(measured.bias)} years)`);
    return items.length === 0 ? [] : [`Ages are ${error} for these groups: ${items.join(', ')}.`];
  };
  const biased = groups.filter(
    ({ measured }) => Math.abs(measured.bias) >= MIN_REPORTED_BIAS_YEARS,
  );
  return [
    ...describe(
      'overestimated',
      biased.filter(({ intervals }) => intervals.bias.low > 0),
    ),
    ...describe(
      'underestimated',
      biased.filter(({ intervals }) => intervals.bias.high < 0),
    ),
  ];
}

/** Compares the worst and the best group of each column if their intervals do not overlap. */
function unequalColumns(groups: readonly GroupWithIntervals[]): string[] {
  const columns = [...new Set(groups.map(({ column }) => column))];
  return columns
    .filter((column) => column !== AGE_COLUMN)
    .flatMap((column) => {
      const ofColumn = groups
        .filter((group) => group.column === column)
        .sort((a, b) => b.measured.mae - a.measured.mae);
      const [worst, best] = [ofColumn[0]!, ofColumn.at(-1)!];
      if (worst.intervals.mae.low <= best.intervals.mae.high) return [];
      return [
        `The MAE differs by ${column}: ${nameWithMae(worst)} versus ${nameWithMae(best)} years. The groups also differ in age.`,
      ];
    });
}

function nameWithMae({ name, measured, intervals }: GroupWithIntervals): string {
  return `${name} ${withRange(measured.mae, intervals.mae, years)}`;
}

function lowCoverage({ model }: MetricsFile, groups: readonly GroupWithIntervals[]): string[] {
  const low = groups
    .filter(({ intervals }) => intervals.intervalCoverage.high < model.intervalLevel)
    .map(({ name, measured }) => `${name} (${percent(measured.intervalCoverage)})`);
  if (low.length === 0) return [];
  return [
    `The ${wholePercent(model.intervalLevel)} interval covers too few true ages for ${low.join(', ')}.`,
  ];
}

function miscalibration(all: Measured, groups: readonly NamedGroup[]): string[] {
  const named = [{ name: 'all photos', measured: all }, ...groups];
  const off = named
    .filter(
      ({ measured: { ece, calibratedEce95 } }) => calibratedEce95 !== null && ece > calibratedEce95,
    )
    .map(
      ({ name, measured: { ece, calibratedEce95 } }) =>
        `${name} (ECE ${share(ece)}, by chance up to ${share(calibratedEce95!)})`,
    );
  if (off.length === 0) return [];
  return [`Confidence and accuracy differ by more than chance can explain for ${off.join(', ')}.`];
}

function passingMinors({ all, method }: ExactMetricsFile, groups: readonly NamedGroup[]): string[] {
  const youth = oldestMinors(groups);
  if (youth === undefined || all.threshold === null) return [];
  const items = all.threshold.map(({ bufferYears, falseNegative }, index) => {
    const { rate, interval, errors, of } = youth.measured.threshold![index]!.falsePositive;
    const refused = orDash(falseNegative.rate, percent);
    return `${errors} of ${of}, ${withRange(rate, interval, percent)}, with a buffer of ${bufferYears} years, at which ${refused} of adults do not pass`;
  });
  return [
    `Minors in the group ${youth.name} pass as ${method.thresholdYears} or older: ${items.join('; ')}.`,
  ];
}

/** Names groups whose error rates at the threshold, without a buffer, are significantly above those of all photos. */
function unequalPassing({ all }: ExactMetricsFile, groups: readonly NamedGroup[]): string[] {
  const clearlyAbove = (error: 'falsePositive' | 'falseNegative', description: string) => {
    const limit = all.threshold?.[0]?.[error].interval?.high ?? 1;
    const high = groups.flatMap(({ column, name, measured }) => {
      const rate = measured.threshold?.[0]?.[error];
      if (column === AGE_COLUMN || !rate?.interval || rate.interval.low <= limit) return [];
      return [
        `${name} ${withRange(rate.rate, rate.interval, percent)}, ${rate.errors} of ${rate.of}`,
      ];
    });
    if (high.length === 0) return [];
    return [
      `Without a buffer, ${description} more often than average: ${high.join(', ')}. The groups also differ in age.`,
    ];
  };
  return [
    ...clearlyAbove('falsePositive', 'minors in these groups pass'),
    ...clearlyAbove('falseNegative', 'adults in these groups do not pass'),
  ];
}

/** The oldest age bucket with minors; younger minors are far from the threshold. */
export function oldestMinors(groups: readonly NamedGroup[]): NamedGroup | undefined {
  return groups.findLast(
    ({ column, measured }) =>
      column === AGE_COLUMN && (measured.threshold?.[0]?.falsePositive.of ?? 0) > 0,
  );
}

function fewPhotos(groups: readonly NamedGroup[]): string[] {
  const few = groups
    .filter(({ measured }) => measured.count < FEW_PHOTOS)
    .map(({ name, measured }) => `${name} (${measured.count})`);
  if (few.length === 0) return [];
  return [`There are too few photos for reliable metrics of ${few.join(', ')}.`];
}
