import {
  NOT_AVAILABLE,
  percent,
  range,
  share,
  signedYears,
  whole,
  years,
  type Format,
} from '../format.ts';
import type { Interval, Measured, MetricsFile } from '../metrics-file.ts';
import { namedGroups } from '../named-groups.ts';
import { html, type Markup } from './html.ts';

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
