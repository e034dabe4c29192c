import { describe, expect, it } from 'vitest';
import { knownFailures } from '../../../src/learning/evaluation/known-failures.ts';
import { modelCard } from '../../../src/learning/evaluation/model-card.ts';
import { figuresTable } from '../../../src/learning/evaluation/text-table.ts';
import { exampleManifest } from '../../support/models/example-manifest.ts';
import { exampleMetrics, exampleContext } from '../../support/models/evaluated-photos.ts';

/** Faces from 60 on are taken for ten years younger, minors of one sex for adults. */
const flawed = exampleMetrics((age, sex) => {
  if (age >= 60) return -10;
  return sex === '1' && age >= 10 && age < 18 ? 10 : 0;
});

describe('knownFailures', () => {
  const text = knownFailures(flawed).join('\n');

  it('names the ages where the error is high, worst first, with figures', () => {
    expect(text).toMatch(/above the \d\.\d\d years of all photos at ages 60-69 \(10\.00 years/);
    expect(text).not.toMatch(/above the .* ages 40-49/);
  });

  it('tells older from younger', () => {
    expect(text).toMatch(/taken for older than they are at ages 10-19 \(\+4\.00 years\)/);
    expect(text).toMatch(/taken for younger than they are at ages 60-69 \(−10\.00 years\)/);
  });

  it('tells how many minors of the oldest bucket pass', () => {
    expect(text).toMatch(/Minors of ages 10-19 pass for 18 or older: 8 of 16, 50\.0 % /);
  });

  it('tells where the interval covers too little, and where confidence misleads', () => {
    expect(text).toMatch(/80 % interval covers fewer true ages at .*ages 60-69 \(0\.0 %\)/);
    expect(text).toMatch(/more than chance explains for all photos \(ECE/);
  });

  it('tells of groups too small to judge', () => {
    expect(text).toMatch(/Too few photos to say much: ages 0-9 \(20\)/);
  });

  it('tells of columns whose groups differ', () => {
    const unequal = exampleMetrics((_age, sex) => (sex === '1' ? -3 : 0));
    expect(knownFailures(unequal).join('\n')).toMatch(
      /Errors differ by sex: female 2\.9\d \(.*\) against male 0\.00 \(0\.00–0\.00\) years/,
    );
  });

  it('tells of groups whose minors pass more often than others', () => {
    const unfair = exampleMetrics((age, sex) => (sex === '1' && age < 18 ? 18 : 0));
    expect(knownFailures(unfair).join('\n')).toMatch(
      /minors of these groups pass more often than others: female 100\.0 % \(.*\), 18 of 18\./,
    );
    expect(text).not.toMatch(/these groups/);
  });

  it('says nothing where nothing is found', () => {
    const faultless = knownFailures(exampleMetrics()).join('\n');
    expect(faultless).not.toMatch(
      /error is above|taken for|covers fewer|differ by sex|these groups/,
    );
    expect(faultless).toMatch(/pass for 18 or older: 0 of 16/);
  });
});

describe('modelCard', () => {
  const model = exampleManifest({
    name: 'face-age',
    version: 7,
    license: 'Weights trained on UTKFace: research only',
    dataset: {
      name: 'faces',
      fingerprint: 'ab'.repeat(32),
      counts: { train: 16236, val: 192 },
      splits: { train: 'training', val: 'stopping point' },
    },
    training: { seed: 1, recipe: { epochs: 3, architecture: 'residual' }, durationSeconds: 600 },
  });
  const card = modelCard(model, flawed);

  it('has the sections of Mitchell et al.', () => {
    expect([...card.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([
      'Model details',
      'Intended use',
      'Factors',
      'Metrics',
      'Evaluation data',
      'Training data',
      'Quantitative analyses',
      'Known failures',
      'Ethical considerations',
      'Caveats and recommendations',
    ]);
  });

  it('describes the model from its manifest', () => {
    expect(card).toContain('1,234,567 parameters, 89 million multiply-accumulates');
    expect(card).toContain('16,236 train, 192 val');
    expect(card).toContain('"epochs": 3');
    expect(card).toContain('Training took 10 minutes');
  });

  it('warns where the photos judged on also served the making', () => {
    expect(card).toContain("served this model's making (stopping point)");
    const { dataset } = exampleContext;
    const elsewhere = exampleMetrics(() => 0, { dataset: { ...dataset, name: 'ours' } });
    expect(modelCard(model, elsewhere)).toContain('these photos had no part in making the model');
  });

  it('tells of the data only what is known', () => {
    expect(card).toContain('non-commercial research only');
    const other = modelCard({ ...model, license: 'our own photos' }, flawed);
    expect(other).not.toContain('UTKFace');
    expect(other).toContain('Licence: our own photos.');
  });

  it('has a row of figures for each group and each buffer', () => {
    const { count, mae } = flawed.groups.sex!['1']!;
    expect(card).toMatch(new RegExp(`\\| female \\| ${count} \\| ${mae.toFixed(2)} \\(`));
    expect(card).toMatch(/\| 0 \| 22\.2 % \(.*\), 8 of 36 \|/);
  });

  it('says why a threshold is not answered for', () => {
    const head = 'buckets' as const;
    const coarse = exampleMetrics(() => 0, { model: { ...exampleContext.model, head } });
    expect(modelCard(model, coarse)).toContain('not available: the model tells buckets of age');
  });
});

describe('figuresTable', () => {
  it('lines up a row for all photos and each group, then the threshold', () => {
    const lines = figuresTable(flawed).split('\n');
    const [header, all, youngest] = lines;
    expect(header).toMatch(/^photos of +count +MAE/);
    expect(all).toMatch(/^all +192 +\d\.\d\d +\d\.\d\d–\d\.\d\d +−\d/);
    expect(youngest).toMatch(/^ages 0-9 +20 +0\.00 .* – +– +0\.900$/);
    expect(all).toHaveLength(header!.length);
    expect(lines.at(-4)).toMatch(/^18 \+ 0 +22\.2 % \(8 of 36\)/);
  });
});
