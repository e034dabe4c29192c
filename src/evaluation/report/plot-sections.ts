import type { MetricsFile } from '../metrics-file.ts';
import { ageMapPlot } from './age-map-plot.ts';
import { confusionPlot } from './confusion-plot.ts';
import { drawPlot, type Plot } from './draw-plot.ts';
import { groupPlots } from './group-plot.ts';
import { html, type Markup } from './html.ts';
import { reliabilityPlot } from './reliability-plot.ts';
import { rateTable } from './rate-table.ts';
import { thresholdPlot } from './threshold-plot.ts';
import { trainingPlot } from './training-plot.ts';

/** What the model says, how sure it is, and for whom it is wrong. */
export async function answerPlots(metrics: MetricsFile): Promise<Markup> {
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

/** Both errors at the threshold, drawn and by group. */
export async function thresholdSection(metrics: MetricsFile): Promise<Markup> {
  const { thresholdYears, thresholdUnavailable } = metrics.method;
  const title = html`<h2>At ${thresholdYears} years</h2>`;
  const plot = thresholdPlot(metrics);
  if (plot === undefined) {
    return html`${title}
      <p>Not available: ${String(thresholdUnavailable)}.</p>`;
  }
  return html`${title}
    <div class="plots">
      ${await figure(plot)}${rateTable(metrics, 'minors that pass', 'falsePositive')}
      <div class="wide">${rateTable(metrics, 'adults that do not pass', 'falseNegative')}</div>
    </div>`;
}

/** How training went, where that is known. */
export async function trainingSection(metrics: MetricsFile): Promise<Markup> {
  const plot = trainingPlot(metrics);
  const drawn =
    plot === undefined
      ? html`<p>Not available: no training history came with this version.</p>`
      : await figure(plot);
  return html`<h2>Training curves</h2>
    ${drawn}`;
}

async function figure(plot: Plot): Promise<Markup> {
  return html`<figure>
    <h3>${plot.title}</h3>
    <figcaption>${plot.caption}</figcaption>
    ${await drawPlot(plot)}
  </figure>`;
}
