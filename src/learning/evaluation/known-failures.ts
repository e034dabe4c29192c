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
} from './format.ts';
import { AGE_COLUMN, namedGroups, type NamedGroup } from './groups.ts';
import type { MetricsFile, Measured } from './metrics-file.ts';

/** Below this many photos a group's figures say little. */
const FEW_PHOTOS = 30;
/** A mean error of less than this is not worth a line, however certain. */
const WORTH_TELLING_YEARS = 2;

type Intervals = NonNullable<Measured['intervals']>;
type SureGroup = NamedGroup & { intervals: Intervals };

/**
 * Where the model fails, in sentences, as far as these figures can tell: a group is named where its 95 % interval
 * lies clear of what it is held against. Nothing is said where nothing is found.
 */
export function knownFailures(metrics: MetricsFile): string[] {
  const groups = namedGroups(metrics);
  const sure = groups.flatMap((group): SureGroup[] =>
    group.measured.intervals === null ? [] : [{ ...group, intervals: group.measured.intervals }],
  );
  return [
    ...highErrors(metrics.all, sure),
    ...leanings(sure),
    ...unequalColumns(sure),
    ...lowCoverage(metrics, sure),
    ...miscalibration(metrics.all, groups),
    ...passingMinors(metrics, groups),
    ...unequalPassing(metrics, groups),
    ...fewPhotos(groups),
  ];
}

function highErrors({ intervals, mae }: Measured, sure: readonly SureGroup[]): string[] {
  const limit = intervals?.mae.high ?? mae;
  const high = sure
    .filter((group) => group.column === AGE_COLUMN && group.intervals.mae.low > limit)
    .sort((a, b) => b.measured.mae - a.measured.mae);
  if (high.length === 0) return [];
  const text = high.map(({ name, measured, intervals: own }) => {
    const interval = range(own.mae, years);
    return `${name} (${years(measured.mae)} years, ${interval}; ${whole(measured.count)} photos)`;
  });
  return [`The mean error is above the ${years(mae)} years of all photos at ${text.join(', ')}.`];
}

function leanings(sure: readonly SureGroup[]): string[] {
  const tell = (direction: string, groups: readonly SureGroup[]) => {
    const text = groups.map(
      ({ name, measured }) => `${name} (${signedYears(measured.bias)} years)`,
    );
    return text.length === 0 ? [] : [`Faces are taken for ${direction} at ${text.join(', ')}.`];
  };
  const leaning = sure.filter(({ measured }) => Math.abs(measured.bias) >= WORTH_TELLING_YEARS);
  return [
    ...tell(
      'older than they are',
      leaning.filter(({ intervals }) => intervals.bias.low > 0),
    ),
    ...tell(
      'younger than they are',
      leaning.filter(({ intervals }) => intervals.bias.high < 0),
    ),
  ];
}

/** The worst and the best of each column, where their intervals do not touch. */
function unequalColumns(sure: readonly SureGroup[]): string[] {
  const columns = [...new Set(sure.map(({ column }) => column))];
  return columns
    .filter((column) => column !== AGE_COLUMN)
    .flatMap((column) => {
      const groups = sure
        .filter((group) => group.column === column)
        .sort((a, b) => b.measured.mae - a.measured.mae);
      const [worst, best] = [groups[0]!, groups.at(-1)!];
      if (worst.intervals.mae.low <= best.intervals.mae.high) return [];
      return [
        `Errors differ by ${column}: ${text(worst)} against ${text(best)} years. The groups also differ in age.`,
      ];
    });
}

function text({ name, measured, intervals }: SureGroup): string {
  return `${name} ${withRange(measured.mae, intervals.mae, years)}`;
}

function lowCoverage({ model }: MetricsFile, sure: readonly SureGroup[]): string[] {
  const low = sure
    .filter(({ intervals }) => intervals.intervalCoverage.high < model.intervalLevel)
    .map(({ name, measured }) => `${name} (${percent(measured.intervalCoverage)})`);
  if (low.length === 0) return [];
  return [
    `The ${wholePercent(model.intervalLevel)} interval covers fewer true ages at ${low.join(', ')}.`,
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
  return [`Confidence and accuracy differ by more than chance explains for ${off.join(', ')}.`];
}

function passingMinors({ all, method }: MetricsFile, groups: readonly NamedGroup[]): string[] {
  const youth = oldestMinors(groups);
  if (youth === undefined || all.threshold === null) return [];
  const text = all.threshold.map(({ bufferYears, falseNegative }, index) => {
    const { rate, interval, errors, of } = youth.measured.threshold![index]!.falsePositive;
    const refused = orDash(falseNegative.rate, percent);
    return `${errors} of ${of}, ${withRange(rate, interval, percent)}, with a buffer of ${bufferYears} years, which ${refused} of adults do not pass`;
  });
  return [
    `Minors of ${youth.name} pass for ${method.thresholdYears} or older: ${text.join('; ')}.`,
  ];
}

/** Groups whose errors at the threshold, without a buffer, lie clear above those of all photos. */
function unequalPassing({ all }: MetricsFile, groups: readonly NamedGroup[]): string[] {
  const clearlyAbove = (error: 'falsePositive' | 'falseNegative', text: string) => {
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
      `Without a buffer, ${text} more often than others: ${high.join(', ')}. The groups also differ in age.`,
    ];
  };
  return [
    ...clearlyAbove('falsePositive', 'minors of these groups pass'),
    ...clearlyAbove('falseNegative', 'adults of these groups do not pass'),
  ];
}

/** The oldest age bucket that holds minors: the youngest never come near the threshold. */
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
  return [`Too few photos to say much: ${few.join(', ')}.`];
}
