import { orDash, percent, range, whole } from '../format.ts';
import type { Measured, MetricsFile, Rate } from '../metrics-file.ts';
import { namedGroups } from '../named-groups.ts';
import { html, type Markup } from './html.ts';

type ThresholdError = 'falsePositive' | 'falseNegative';

/** One error at the threshold by buffer, in all and by group. */
export function rateTable(metrics: MetricsFile, title: string, error: ThresholdError): Markup {
  const { all, method } = metrics;
  const heads = (all.threshold ?? []).map(
    ({ bufferYears }) => html`<th scope="col">${method.thresholdYears} + ${bufferYears}</th>`,
  );
  const groups = namedGroups(metrics).map(({ name, measured }) => rateRow(name, measured, error));
  return html`<div class="table">
    <table>
      <thead>
        <tr>
          <th scope="col">${title}</th>
          <th scope="col">of</th>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${rateRow('all', all, error, 'all')}${groups}
      </tbody>
    </table>
  </div>`;
}

/** Nothing where the group has no photo that could be in error. */
function rateRow(name: string, { threshold }: Measured, error: ThresholdError, kind = ''): Markup {
  const rates = (threshold ?? []).map((one) => one[error]);
  const of = rates[0]?.of ?? 0;
  if (of === 0) return html``;
  return html`<tr class="${kind}">
    <th scope="row">${name}</th>
    <td>${whole(of)}</td>
    ${rates.map(rateCell)}
  </tr>`;
}

function rateCell({ rate, interval }: Rate): Markup {
  return interval === null
    ? html`<td>${orDash(rate, percent)}</td>`
    : html`<td>${orDash(rate, percent)}<small>${range(interval, percent)}</small></td>`;
}
