import { table, type Row } from '../../common/text/text-table.ts';
import {
  NOT_AVAILABLE,
  orDash,
  percent,
  range,
  share,
  signedYears,
  whole,
  years,
} from './format.ts';
import { leftOutText } from './left-out.ts';
import {
  hasExactMetrics,
  type ExactMetricsFile,
  type Measured,
  type MetricsFile,
  type ThresholdRates,
} from './metrics-file.ts';
import { namedGroups } from './groups.ts';
import { rangesTable } from './ranges/ranges-text.ts';

const header: Row = [
  'photos of',
  'count',
  'MAE',
  '95 % of it',
  'bias',
  'bucket',
  'within 1',
  'CS@5',
  'ECE',
  'chance',
  'interval',
];

/**
 * Formats the metrics for a terminal: one row for all photos and for each group, then the error rates at 18 years. Photos
 * whose labels are ranges have a table of their own.
 * `chance` is the 95th percentile of the ECE of a perfectly calibrated model.
 */
export function figuresTable(metrics: MetricsFile): string {
  const leftOut = leftOutText(metrics.dataset);
  const parts = [
    ...(hasExactMetrics(metrics) ? [exactTable(metrics), thresholdTable(metrics)] : []),
    ...(metrics.ranges === null ? [] : [rangesTable(metrics.ranges, metrics)]),
    ...(leftOut === '' ? [] : [leftOut]),
  ];
  return parts.join('\n\n');
}

/** The main figures of all photos in a few words: the error of exact ages and the accuracy of range labels. */
export function mainFigures({ all, ranges }: Pick<MetricsFile, 'all' | 'ranges'>): string {
  const parts = [
    ...(all === null ? [] : [`MAE ${years(all.mae)} years`]),
    ...(ranges === null
      ? []
      : [`group accuracy ${share(ranges.all.groupAccuracy)} of ${whole(ranges.all.count)} ranges`]),
  ];
  return parts.join(', ');
}

function exactTable(metrics: ExactMetricsFile): string {
  const rows = [
    header,
    rowOf('all', metrics.all),
    ...namedGroups(metrics).map(({ name, measured }) => rowOf(name, measured)),
  ];
  return table(rows, { rightFrom: 1 });
}

function rowOf(name: string, measured: Measured): Row {
  const { intervals, calibratedEce95 } = measured;
  return [
    name,
    whole(measured.count),
    years(measured.mae),
    intervals === null ? NOT_AVAILABLE : range(intervals.mae, years),
    signedYears(measured.bias),
    share(measured.bucketAccuracy),
    share(measured.withinOneBucket),
    share(measured.cs5),
    calibratedEce95 === null ? NOT_AVAILABLE : share(measured.ece),
    orDash(calibratedEce95, share),
    share(measured.intervalCoverage),
  ];
}

function thresholdTable({ all, method }: ExactMetricsFile): string {
  const { thresholdYears, thresholdUnavailable } = method;
  if (all.threshold === null) {
    return `${thresholdYears} years and over: not available: ${String(thresholdUnavailable)}.`;
  }
  const head: Row = ['passes from', 'minors who pass', 'adults who do not'];
  const rows = all.threshold.map((rates) => thresholdRow(thresholdYears, rates));
  return table([head, ...rows], { rightFrom: 1 });
}

function thresholdRow(
  thresholdYears: number,
  { bufferYears, falsePositive, falseNegative }: ThresholdRates,
): Row {
  const rateText = ({ rate, errors, of }: ThresholdRates['falsePositive']) =>
    `${orDash(rate, percent)} (${errors} of ${of})`;
  return [`${thresholdYears} + ${bufferYears}`, rateText(falsePositive), rateText(falseNegative)];
}
