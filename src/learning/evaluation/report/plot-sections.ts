import { orDash, percent, range, whole } from '../format.ts';
import { namedGroups } from '../groups.ts';
import type { ExactMetricsFile, Measured, MetricsFile, Rate } from '../metrics-file.ts';
import { drawPlot, type Plot } from './draw-plot.ts';
import { ageMapPlot, confusionPlot } from './error-plots.ts';
import { groupPlots } from './group-plot.ts';
import { html, type Markup } from './html.ts';
import { reliabilityPlot, trainingPlot } from './line-plots.ts';
import { thresholdPlot } from './threshold-plot.ts';

type ThresholdError = 'falsePositive' | 'falseNegative';

/** One of the error rates at the threshold by buffer, for all photos and by group. */
export function rateTable(metrics: ExactMetricsFile, title: string, error: ThresholdError): Markup {
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

/** Empty if the group has no photo that could be in error. */
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

/** The plots of errors, calibration, and groups. */
export async function answerPlots(metrics: ExactMetricsFile): Promise<Markup> {
  const plots = [
    ageMapPlot(metrics),
    reliabilityPlot(metrics),
    confusionPlot(metrics),
    ...groupPlots(metrics),
  ];
  const figures: Markup[] = [];
  for (const plot of plots) figures.push(await figure(plot));
  return html`<h2>Plots</h2>
    <div class="plots">${figures}</div>`;
}

/** Both error rates at the threshold, as a plot and by group. */
export async function thresholdSection(metrics: ExactMetricsFile): Promise<Markup> {
  const { thresholdYears, thresholdUnavailable } = metrics.method;
  const title = html`<h2>Errors at ${thresholdYears} years</h2>`;
  const plot = thresholdPlot(metrics);
  if (plot === undefined) {
    return html`${title}
      <p>Not available: ${String(thresholdUnavailable)}.</p>`;
  }
  return html`${title}
    <div class="plots">
      ${await figure(plot)}${rateTable(metrics, 'minors who pass', 'falsePositive')}
      <div class="wide">${rateTable(metrics, 'adults who do not pass', 'falseNegative')}</div>
    </div>`;
}

/** The training curves, if the training history is known. */
export async function trainingSection(metrics: MetricsFile): Promise<Markup> {
  const plot = trainingPlot(metrics);
  const drawn =
    plot === undefined
      ? html`<p>Not available: this version has no training history.</p>`
      : await figure(plot);
  return html`<h2>Training curves</h2>
    ${drawn}`;
}

export async function figure(plot: Plot): Promise<Markup> {
  return html`<figure>
    <h3>${plot.title}</h3>
    <figcaption>${plot.caption}</figcaption>
    ${await drawPlot(plot)}
  </figure>`;
}
