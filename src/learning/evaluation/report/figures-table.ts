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
import type { MetricsFile, Interval, Measured } from '../metrics-file.ts';
import { html, type Markup } from './html.ts';

/** What each figure means and how it was made. */
export function definitions({ method, model }: MetricsFile): Markup {
  const terms: [string, string][] = [
    [
      'MAE, bias',
      'Mean absolute difference, and mean difference, of the mean age predicted and the age labelled.',
    ],
    [
      'Right bucket, within one',
      'The most probable bucket is the true one, or the true one or its neighbour.',
    ],
    [
      'ECE, chance',
      `Expected calibration error of the most probable bucket in ${method.eceBins} bins of equal width (Guo et al. 2017). Chance: the 95th percentile of the ECE that a perfectly calibrated model with the same confidences would get on as many photos, from ${whole(method.calibratedDraws)} draws (Bröcker and Smith 2007; Vaicenavicius et al. 2019). Not given by true age: such a group is chosen by the answer, and no model is calibrated in it.`,
    ],
    [
      'Coverage',
      `Share of the true ages inside the interval answered, made for ${wholePercent(model.intervalLevel)}.`,
    ],
    [
      'Intervals',
      `${wholePercent(method.bootstrapLevel)}: percentile bootstrap over photos, ${whole(method.bootstrapResamples)} resamples, seed ${method.seed}; none below ${method.bootstrapMinPhotos} photos. Of error rates: Wilson’s.`,
    ],
    [
      `${method.thresholdYears} years`,
      `A face passes where its mean age is at least ${method.thresholdYears} plus the buffer. Minors: labelled under ${method.thresholdYears}; adults: all others. This is not the service’s own decision, which weighs a probability against a confidence.`,
    ],
    [
      'Groups',
      'As labelled. They differ in age too, so a difference between them is not all due to the group.',
    ],
  ];
  return html`<h2>How the figures are made</h2>
    <dl>
      ${terms.map(
        ([term, text]) =>
          html`<dt>${term}</dt>
            <dd>${text}</dd>`,
      )}
    </dl>`;
}

/** Every figure of all photos and of each group. */
export function figuresTable(metrics: MetricsFile): Markup {
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
          <th scope="col">photos of</th>
          <th scope="col">count</th>
          <th scope="col">MAE, years</th>
          <th scope="col">bias, years</th>
          <th scope="col">right bucket</th>
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

function cell(value: number, interval: Interval | undefined, format: Format): Markup {
  return interval === undefined
    ? html`<td>${format(value)}</td>`
    : html`<td>${format(value)}<small>${range(interval, format)}</small></td>`;
}

function eceCell(ece: number, calibratedEce95: number | null): Markup {
  return calibratedEce95 === null
    ? html`<td>${NOT_AVAILABLE}</td>`
    : html`<td>${share(ece)}<small>chance ${share(calibratedEce95)}</small></td>`;
}

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
