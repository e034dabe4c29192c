import { percent, range, share, withRange, years, type Format, wholePercent } from '../format.ts';
import type { Interval, MetricsFile } from '../metrics-file.ts';
import { html, type Markup } from './html.ts';

/** The headline figures of all photos. */
export function summaryTiles({ all, model, method }: MetricsFile): Markup {
  const { intervals } = all;
  const chance =
    all.calibratedEce95 === null ? '' : `by chance alone up to ${share(all.calibratedEce95)}`;
  const minors = all.threshold?.[0]?.falsePositive;
  return html`<div class="tiles">
    ${[
      tile(`${years(all.mae)} years`, 'mean absolute error', within(intervals?.mae, years)),
      tile(percent(all.bucketAccuracy), 'right bucket', within(intervals?.bucketAccuracy, percent)),
      tile(
        percent(all.withinOneBucket),
        'within one bucket',
        within(intervals?.withinOneBucket, percent),
      ),
      tile(percent(all.cs5), 'within five years', within(intervals?.cs5, percent)),
      tile(share(all.ece), 'expected calibration error', chance),
      tile(
        percent(all.intervalCoverage),
        `of true ages in the ${wholePercent(model.intervalLevel)} interval`,
        within(intervals?.intervalCoverage, percent),
      ),
      ...(minors === undefined
        ? []
        : [
            tile(
              withRange(minors.rate, null, percent),
              `of minors pass for ${method.thresholdYears}, no buffer`,
              within(minors.interval, percent),
            ),
          ]),
    ]}
  </div>`;
}

function within(interval: Interval | null | undefined, format: Format): string {
  return interval ? `95 % interval ${range(interval, format)}` : '';
}

function tile(value: string, label: string, detail: string): Markup {
  return html`<div class="tile"><b>${value}</b>${label}<span>${detail}</span></div>`;
}
