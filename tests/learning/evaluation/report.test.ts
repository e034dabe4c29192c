import { exactly } from '../../../src/learning/dataset/age-range.ts';
import { describe, expect, it } from 'vitest';
import { evaluationReport } from '../../../src/learning/evaluation/report/report.ts';
import { exampleManifest } from '../../support/models/example-manifest.ts';
import { exampleMetrics, exampleContext } from '../../support/models/evaluated-photos.ts';

const model = exampleManifest({
  name: 'face-age',
  version: 7,
  license: 'for <b>tests</b> & no more',
});
const history = [1, 2, 3].map((epoch) => ({
  epoch,
  loss: 3 / epoch,
  validationMae: [9, 6, 7][epoch - 1]!,
  learningRate: 0.001 * epoch,
}));
const metrics = exampleMetrics((age) => (age > 50 ? -6 : 0), {
  history,
  groupNames: { sex: { '0': 'm<i>', '1': 'f' } },
});
const report = await evaluationReport(model, metrics);

/** The title and text alternative of each plot. */
function plotsOf(page: string): { title: string; alternative: string }[] {
  const figures = page.matchAll(
    /<figure[^]*?<h3>([^<]*)<\/h3>[^]*?<svg role="img" aria-label="([^"]*)"[^]*?<\/figure>/g,
  );
  return [...figures].map(([, title, alternative]) => ({
    title: title!,
    alternative: alternative!,
  }));
}

describe('evaluationReport', () => {
  it('draws every plot with a text alternative', () => {
    const plots = plotsOf(report);
    expect(plots.map(({ title }) => title)).toEqual([
      'Predicted against true age',
      'Reliability',
      'Confusion between buckets',
      'Error by group',
      'Direction of the error',
      'Coverage of the interval',
      'Errors at 18 years by buffer',
      'Training',
    ]);
    const alternatives = new Map(plots.map(({ title, alternative }) => [title, alternative]));
    expect(alternatives.get('Confusion between buckets')).toContain('20-29 100.0 %');
    expect(alternatives.get('Error by group')).toMatch(/ages 60-69 6\.00, 6\.00–6\.00/);
    expect(alternatives.get('Training')).toContain('6.00 years after epoch 2');
    expect(report.match(/<svg/g)).toHaveLength(plots.length);
  });

  it('is self-contained: no scripts, URLs, or external styles and images', () => {
    expect(report).not.toMatch(/<script|javascript:|\son[a-z]+=/i);
    expect(report).not.toMatch(/https?:|\/\/[a-z]|@import|url\(|<link|<iframe/i);
    expect(report).toContain("default-src 'none'");
    expect(report.length).toBeLessThan(500_000);
  });

  it('embeds photos only on request, with a notice', async () => {
    expect(report).not.toMatch(/<img|data:image/);
    expect(report).not.toContain('contains');
    const jpeg = Buffer.from('a photo');
    const shown = await evaluationReport(model, metrics, [
      { jpeg, age: exactly(80), predicted: 31.25 },
    ]);
    expect(shown).toContain(`<img src="data:image/jpeg;base64,${jpeg.toString('base64')}"`);
    expect(shown).toContain('labeled 80, predicted 31.3');
    expect(shown).toMatch(/contains 1 photos of people/);
  });

  it('does not modify the metrics', () => {
    expect(Object.getOwnPropertySymbols(metrics.history[0]!)).toEqual([]);
    expect(metrics.history).toEqual(history);
  });

  it('escapes names from outside', () => {
    expect(report).toContain('for &lt;b&gt;tests&lt;/b&gt; &amp; no more');
    expect(report).toContain('m&lt;i&gt;');
    expect(report).not.toMatch(/<b>tests|m<i>/);
  });

  it('follows the light or dark scheme of the reader', () => {
    expect(report).toContain('prefers-color-scheme: dark');
    const drawn = report.slice(report.indexOf('<svg'));
    expect(drawn.match(/(?:fill|stroke)="#[0-9a-f]+"/gi) ?? []).toEqual([]);
  });

  it('omits unknown parts', async () => {
    const head = 'buckets' as const;
    const coarse = exampleMetrics(() => 0, { model: { ...exampleContext.model, head } });
    const page = await evaluationReport(model, coarse);
    expect(plotsOf(page).map(({ title }) => title)).not.toContain('Training');
    expect(page).toContain('this version has no training history');
    expect(page).toContain('Not available: the model predicts age buckets');
  });

  it('shows the metrics of each group', () => {
    const { mae, intervals } = metrics.groups.age!['50-59']!;
    const cell = `${mae.toFixed(2)}<small>${intervals!.mae.low.toFixed(2)}–${intervals!.mae.high.toFixed(2)}</small>`;
    expect(report).toContain(cell);
  });
});
