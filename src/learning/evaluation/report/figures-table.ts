import {
  whole,
  wholePercent,
  NOT_AVAILABLE,
  percent,
  range,
  share,
  signedYears,
  years,
  type Format,
  withRange,
} from '../format.ts';
import { namedGroups } from '../groups.ts';
import type { ExactMetricsFile, MetricsFile, Interval, Measured } from '../metrics-file.ts';
import { html, type Markup } from './html.ts';

const rangeTerm: [string, string] = [
  'Group accuracy',
  'For labels that are ranges of ages: the most probable of the groups of ages that occur in the labels of the data set is the labeled one. Gaps between the ranges are groups, too. Where ranges overlap, an answer is right if its median lies in the labeled range. Range labels count in no other metric.',
];

/** Explains each metric and how it was computed. */
export function definitions(metrics: MetricsFile): Markup {
  return html`<h2>How the metrics are computed</h2>
    <dl>
      ${termsOf(metrics).map(
        ([term, definition]) =>
          html`<dt>${term}</dt>
            <dd>${definition}</dd>`,
      )}
    </dl>`;
}

function termsOf({ method, model, ranges }: MetricsFile): [string, string][] {
  return [
    [
      'MAE, bias',
      'Mean absolute error and mean error of the predicted mean age, relative to the labeled age.',
    ],
    [
      'Bucket accuracy, within one',
      'The most probable bucket is the true one; or it is the true one or adjacent to it.',
    ],
    [
      'ECE, chance',
      `Expected calibration error of the most probable bucket in ${method.eceBins} bins of equal width (Guo et al. 2017). Chance: the 95th percentile of the ECE of a perfectly calibrated model with the same confidences on as many photos, from ${whole(method.calibratedDraws)} draws (Bröcker and Smith 2007; Vaicenavicius et al. 2019). Not available by true age, because these groups are selected by the label and no model is calibrated within them.`,
    ],
    [
      'Coverage',
      `Share of the labeled ages inside the predicted interval, whose nominal coverage is ${wholePercent(model.intervalLevel)}.`,
    ],
    [
      'Intervals',
      `${wholePercent(method.bootstrapLevel)}: percentile bootstrap over photos, ${whole(method.bootstrapResamples)} resamples, seed ${method.seed}; none for fewer than ${method.bootstrapMinPhotos} photos. For error rates: Wilson’s intervals.`,
    ],
    [
      `${method.thresholdYears} years`,
      `A face passes if its mean age is at least ${method.thresholdYears} plus the buffer. Minors are labeled under ${method.thresholdYears}; adults are all others. The service decides differently: it compares a probability with a required confidence.`,
    ],
    ...(ranges === null ? [] : [rangeTerm]),
    [
      'Groups',
      'As labeled. Groups also differ in their age distribution, so a difference between them is not entirely due to the group.',
    ],
  ];
}

/** All metrics of all photos and of each group. */
export function figuresTable(metrics: ExactMetricsFile): Markup {
  const groups = namedGroups(metrics).map(({ column, name, measured }, index, all) => {
    const isFirst = all[index - 1]?.column !== column;
    return isFirst
      ? html`<tr class="column">
            <th scope="rowgroup" colspan="9">${column}</th>
          </tr>
          ${figuresRow(name, measured)}`
      : figuresRow(name, measured);
  });
  return html`<div class="table">
    <table>
      <thead>
        <tr>
          <th scope="col">group</th>
          <th scope="col">photos</th>
          <th scope="col">MAE, years</th>
          <th scope="col">bias, years</th>
          <th scope="col">bucket accuracy</th>
          <th scope="col">within one</th>
          <th scope="col">within 5 years</th>
          <th scope="col">ECE</th>
          <th scope="col">coverage</th>
        </tr>
      </thead>
      <tbody>
        ${figuresRow('all', metrics.all, 'all')}${groups}
      </tbody>
    </table>
  </div>`;
}

function figuresRow(name: string, measured: Measured, kind = ''): Markup {
  const { intervals, calibratedEce95 } = measured;
  return html`<tr class="${kind}">
    <th scope="row">${name}</th>
    <td>${whole(measured.count)}</td>
    ${[
      cell(measured.mae, intervals?.mae, years),
      cell(measured.bias, intervals?.bias, signedYears),
      cell(measured.bucketAccuracy, intervals?.bucketAccuracy, percent),
      cell(measured.withinOneBucket, intervals?.withinOneBucket, percent),
      cell(measured.cs5, intervals?.cs5, percent),
      eceCell(measured.ece, calibratedEce95),
      cell(measured.intervalCoverage, intervals?.intervalCoverage, percent),
    ]}
  </tr>`;
}

export function cell(value: number, interval: Interval | undefined, format: Format): Markup {
  return interval === undefined
    ? html`<td>${format(value)}</td>`
    : html`<td>${format(value)}<small>${range(interval, format)}</small></td>`;
}

export function eceCell(ece: number, calibratedEce95: number | null): Markup {
  return calibratedEce95 === null
    ? html`<td>${NOT_AVAILABLE}</td>`
    : html`<td>${share(ece)}<small>chance ${share(calibratedEce95)}</small></td>`;
}

/** The headline metrics of all photos. */
export function summaryTiles({ all, model, method }: ExactMetricsFile): Markup {
  const { intervals } = all;
  const chance =
    all.calibratedEce95 === null ? '' : `by chance alone up to ${share(all.calibratedEce95)}`;
  const minors = all.threshold?.[0]?.falsePositive;
  return html`<div class="tiles">
    ${[
      tile(`${years(all.mae)} years`, 'mean absolute error', within(intervals?.mae, years)),
      tile(
        percent(all.bucketAccuracy),
        'bucket accuracy',
        within(intervals?.bucketAccuracy, percent),
      ),
      tile(
        percent(all.withinOneBucket),
        'within one bucket',
        within(intervals?.withinOneBucket, percent),
      ),
      tile(percent(all.cs5), 'within five years', within(intervals?.cs5, percent)),
      tile(share(all.ece), 'expected calibration error', chance),
      tile(
        percent(all.intervalCoverage),
        `of labeled ages in the ${wholePercent(model.intervalLevel)} interval`,
        within(intervals?.intervalCoverage, percent),
      ),
      ...(minors === undefined
        ? []
        : [
            tile(
              withRange(minors.rate, null, percent),
              `of minors pass as ${method.thresholdYears} without a buffer`,
              within(minors.interval, percent),
            ),
          ]),
    ]}
  </div>`;
}

export function within(interval: Interval | null | undefined, format: Format): string {
  return interval ? `95 % interval ${range(interval, format)}` : '';
}

export function tile(value: string, label: string, detail: string): Markup {
  return html`<div class="tile"><b>${value}</b>${label}<span>${detail}</span></div>`;
}
