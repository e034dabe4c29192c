import { describe, expect, it } from 'vitest';
import { parseAge } from '../../../../src/learning/dataset/age-range.ts';
import { knownFailures } from '../../../../src/learning/evaluation/card/known-failures.ts';
import { measure } from '../../../../src/learning/evaluation/measure.ts';
import { modelCard } from '../../../../src/learning/evaluation/card/model-card.ts';
import { evaluationReport } from '../../../../src/learning/evaluation/report/report.ts';
import { figuresTable, mainFigures } from '../../../../src/learning/evaluation/text-table.ts';
import { evaluatedPhoto, exampleContext } from '../../../support/models/evaluated-photos.ts';
import { exampleManifest } from '../../../support/models/example-manifest.ts';

const labels = ['0-9', '10-19', '20-29', '30+'];

/** All answers are in the twenties, with a confidence of 0.95, so the other ranges fail. */
const ranges = Array.from({ length: 400 }, (_, index) => ({
  ...evaluatedPhoto(parseAge(labels[index % 4]!)!, { 25: 0.95, 5: 0.05 }, { sex: 'female' }),
  source: 'groups',
}));
const exact = Array.from({ length: 20 }, (_, index) => ({
  ...evaluatedPhoto(20 + (index % 10), { 25: 1 }),
  source: 'ages',
}));
const onlyRanges = measure(ranges, exampleContext);
const mixed = measure([...exact, ...ranges], exampleContext);
const model = exampleManifest();

describe('the text table', () => {
  it('has a table of ranges, and none of exact ages where there are none', () => {
    const lines = figuresTable(onlyRanges).split('\n');
    expect(lines[0]).toMatch(/^photos with ranges of +count +right group +95 % of it +within 1/);
    expect(lines[1]).toMatch(/^all +400 +0\.250 +0\.2\d+–0\.2\d+ +0\.750 +0\.700 /);
    expect(lines.find((line) => line.startsWith('ages 20-29'))).toMatch(/ 100 +1\.000 /);
    expect(figuresTable(onlyRanges)).not.toMatch(/MAE|passes from/);
  });

  it('has both tables for a mixed set, with a row for each data set', () => {
    const text = figuresTable(mixed);
    expect(text).toMatch(
      /^photos of[^]*\nages +20 [^]*\n\nphotos with ranges of[^]*\ngroups +400 /m,
    );
  });

  it('names the main figures that a set has', () => {
    expect(mainFigures(onlyRanges)).toBe('group accuracy 0.250 of 400 ranges');
    expect(mainFigures(mixed)).toBe('MAE 2.50 years, group accuracy 0.250 of 400 ranges');
  });
});

describe('the model card', () => {
  it('has a table of ranges and their groups of ages', () => {
    const card = modelCard(model, onlyRanges);
    expect(card).toContain('The ranges of groups choose among the groups 0-9, 10-19, 20-29, 30+.');
    expect(card).toMatch(/^\| all \| 400 \| 25\.0 % \(.*\) \| 75\.0 % \(.*\) \| 0\.700 \(/m);
    expect(card).not.toContain('MAE, years');
    expect(card).toContain('Metrics are reported by age, sex as labeled.');
  });

  it('has the tables of both kinds of labels', () => {
    const card = modelCard(model, mixed);
    expect(card).toMatch(/^\| ages \| 20 \|/m);
    expect(card).toMatch(/^\| groups \| 400 \|/m);
  });

  it('names ranges that are seldom right, and confidence that is too high', () => {
    const text = knownFailures(onlyRanges).join('\n');
    expect(text).toMatch(/fewer are right .*\(25\.0 %\) for ages 0-9 \(0\.0 %/);
    expect(text).toMatch(/confidence and accuracy differ .*all of them \(ECE 0\.700/);
  });
});

describe('the report', () => {
  it('shows the figures and plots of ranges only where there are no exact ages', async () => {
    const report = await evaluationReport(model, onlyRanges);
    expect(report).toContain('Labels that are ranges of ages');
    expect(report).toContain('<h3>Confusion between groups of ages: groups</h3>');
    expect(report).toContain('<h3>Reliability of groups of ages</h3>');
    expect(report).not.toContain('<h3>Error by group</h3>');
    expect(report).not.toContain('mean absolute error</');
  });

  it('shows both for a mixed set, and no ranges where there are none', async () => {
    const both = await evaluationReport(model, mixed);
    expect(both).toContain('<h3>Error by group</h3>');
    expect(both).toContain('Labels that are ranges of ages');
    const none = await evaluationReport(model, measure(exact, exampleContext));
    expect(none).not.toContain('ranges of ages');
  });
});
