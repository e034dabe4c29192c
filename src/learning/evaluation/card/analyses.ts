import { NOT_AVAILABLE, percent, share, signedYears, whole, withRange, years } from '../format.ts';
import { namedGroups } from '../groups.ts';
import {
  hasExactMetrics,
  type ExactMetricsFile,
  type Measured,
  type MetricsFile,
  type Rate,
} from '../metrics-file.ts';
import { rangesCard } from '../ranges/ranges-text.ts';

/** The tables of a model card: figures of all photos and of each group, and error rates at 18 years. */
export function analyses(metrics: MetricsFile): string[] {
  const { ranges } = metrics;
  const exact = hasExactMetrics(metrics) ? exactAnalyses(metrics) : [];
  const ofRanges = ranges === null ? [] : rangesCard(ranges, metrics);
  return exact.length > 0 && ofRanges.length > 0
    ? [...exact, '', ...ofRanges]
    : [...exact, ...ofRanges];
}

function exactAnalyses(metrics: ExactMetricsFile): string[] {
  const groups = namedGroups(metrics).map(({ name, measured }) => figuresRow(name, measured));
  return [
    '| group | photos | MAE, years | bias, years | bucket accuracy | within one | ECE (chance) | coverage |',
    '|---|---|---|---|---|---|---|---|',
    figuresRow('all', metrics.all),
    ...groups,
    '',
    ...thresholdTable(metrics),
  ];
}

function figuresRow(name: string, measured: Measured): string {
  const { intervals, calibratedEce95 } = measured;
  const cells = [
    name.replaceAll('|', '\\|'),
    whole(measured.count),
    withRange(measured.mae, intervals?.mae, years),
    signedYears(measured.bias),
    withRange(measured.bucketAccuracy, intervals?.bucketAccuracy, percent),
    withRange(measured.withinOneBucket, intervals?.withinOneBucket, percent),
    calibratedEce95 === null ? NOT_AVAILABLE : `${share(measured.ece)} (${share(calibratedEce95)})`,
    withRange(measured.intervalCoverage, intervals?.intervalCoverage, percent),
  ];
  return `| ${cells.join(' | ')} |`;
}

function thresholdTable({ all, method }: ExactMetricsFile): string[] {
  const { thresholdYears, thresholdUnavailable } = method;
  if (all.threshold === null) {
    return [
      `Error rates at ${thresholdYears} years are not available: ${String(thresholdUnavailable)}.`,
    ];
  }
  const describe = ({ rate, interval, errors, of }: Rate) =>
    `${withRange(rate, interval, percent)}, ${errors} of ${of}`;
  return [
    `A face passes if its mean age is at least ${thresholdYears} years plus the buffer:`,
    '',
    '| buffer, years | minors who pass | adults who do not |',
    '|---|---|---|',
    ...all.threshold.map(
      ({ bufferYears, falsePositive, falseNegative }) =>
        `| ${bufferYears} | ${describe(falsePositive)} | ${describe(falseNegative)} |`,
    ),
  ];
}
