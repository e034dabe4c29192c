import { formatAge, type AgeRange } from '../../dataset/age-range.ts';
import { splitRole, type DescribedModel } from '../described-model.ts';
import { whole } from '../format.ts';
import { knownFailures } from '../card/known-failures.ts';
import { leftOutText } from '../left-out.ts';
import { hasExactMetrics, type ExactMetricsFile, type MetricsFile } from '../metrics-file.ts';
import { definitions, summaryTiles, figuresTable } from './figures-table.ts';
import { html, Markup, style } from './html.ts';
import { rangesSection } from './ranges-section.ts';
import { answerPlots, thresholdSection, trainingSection } from './plot-sections.ts';

/** A thumbnail to show with its label and prediction. */
export interface ShownPhoto {
  jpeg: Uint8Array;
  /** Labeled age in years, or range of ages. */
  age: AgeRange;
  /** Predicted mean age in years. */
  predicted: number;
}

/**
 * Renders the evaluation as a self-contained HTML page: plots are inline SVG, there are no scripts, and the content security
 * policy forbids any request.
 * @param photos thumbnails to embed; none by default
 */
export async function evaluationReport(
  model: DescribedModel,
  metrics: MetricsFile,
  photos: readonly ShownPhoto[] = [],
): Promise<string> {
  const name = `${model.name} ${model.version}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <title>${name}: evaluation on ${metrics.dataset.name}</title>
        <style>
          ${new Markup(style)}
        </style>
      </head>
      <body>
        <main>
          ${[
            heading(model, metrics, photos.length),
            hasExactMetrics(metrics) ? summaryTiles(metrics) : html``,
            failures(metrics),
            hasExactMetrics(metrics) ? await exactSections(metrics) : html``,
            await rangesSection(metrics),
            await trainingSection(metrics),
            definitions(metrics),
            shownPhotos(photos),
          ]}
        </main>
      </body>
    </html> `;
  return page.text;
}

/** What is measured on photos whose age is known exactly. */
async function exactSections(metrics: ExactMetricsFile): Promise<Markup> {
  return html`${[
    await answerPlots(metrics),
    html`<h2>Metrics by group</h2>
      ${figuresTable(metrics)}`,
    await thresholdSection(metrics),
  ]}`;
}

function heading(model: DescribedModel, metrics: MetricsFile, photoCount: number): Markup {
  const { dataset, model: evaluated, createdAt } = metrics;
  const framed = evaluated.faces === 'largest' ? ', with the largest face of each photo' : '';
  const notice = html`<p class="notice">
    This report contains ${photoCount} photos of people. Do not share it without their consent.
  </p>`;
  return html`<h1>${model.name} version ${model.version}</h1>
    <p class="meta">
      Evaluated ${createdAt.slice(0, 16).replace('T', ' ')} UTC on ${whole(dataset.photos)} photos
      of “${dataset.name}”, split “${dataset.split}”${framed}, through ${evaluated.engine} on
      ${evaluated.device}, ${evaluated.precision}. ${leftOutText(dataset)}
      ${splitRole(model, dataset)} License of the model: ${model.license}.
    </p>
    ${photoCount === 0 ? html`` : notice}`;
}

function failures(metrics: MetricsFile): Markup {
  const found = knownFailures(metrics);
  if (found.length === 0) return html``;
  return html`<h2>Known failures</h2>
    <ul>
      ${found.map((line) => html`<li>${line}</li>`)}
    </ul>`;
}

function shownPhotos(photos: readonly ShownPhoto[]): Markup {
  if (photos.length === 0) return html``;
  const figures = photos.map(({ jpeg, age, predicted }) => {
    const source = `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`;
    const caption = `labeled ${formatAge(age)}, predicted ${predicted.toFixed(1)}`;
    return html`<figure>
      <img src="${source}" alt="${caption}" />
      <figcaption>${caption}</figcaption>
    </figure>`;
  });
  return html`<h2>Largest errors</h2>
    <div class="photos">${figures}</div>`;
}
