import { describe, expect, it } from 'vitest';
import { knownFailures } from '../../../../src/learning/evaluation/card/known-failures.ts';
import { modelCard } from '../../../../src/learning/evaluation/card/model-card.ts';
import { figuresTable } from '../../../../src/learning/evaluation/text-table.ts';
import { exampleManifest } from '../../../support/models/example-manifest.ts';
import { exampleMetrics, exampleContext } from '../../../support/models/evaluated-photos.ts';

/** Ages from 60 on are underestimated by ten years, and minors of one sex are overestimated. */
const flawed = exampleMetrics((age, sex) => {
  if (age >= 60) return -10;
  return sex === '1' && age >= 10 && age < 18 ? 10 : 0;
});

describe('knownFailures', () => {
  const text = knownFailures(flawed).join('\n');

  it('names the age groups with a high error, worst first', () => {
    expect(text).toMatch(
      /exceeds that of all photos \(\d\.\d\d years\) for ages 60-69 \(10\.00 years/,
    );
    expect(text).not.toMatch(/exceeds that of .* ages 40-49/);
  });

  it('names overestimated and underestimated groups', () => {
    expect(text).toMatch(/overestimated for these groups: ages 10-19 \(\+4\.00 years\)/);
    expect(text).toMatch(/underestimated for these groups: ages 60-69 \(−10\.00 years\)/);
  });

  it('reports how many minors of the oldest bucket pass', () => {
    expect(text).toMatch(/Minors in the group ages 10-19 pass as 18 or older: 8 of 16, 50\.0 % /);
  });

  it('names groups with low interval coverage or miscalibrated confidence', () => {
    expect(text).toMatch(/80 % interval covers too few true ages for .*ages 60-69 \(0\.0 %\)/);
    expect(text).toMatch(/more than chance can explain for all photos \(ECE/);
  });

  it('names groups that are too small', () => {
    expect(text).toMatch(/too few photos for reliable metrics of ages 0-9 \(20\)/);
  });

  it('names columns whose groups differ', () => {
    const unequal = exampleMetrics((_age, sex) => (sex === '1' ? -3 : 0));
    expect(knownFailures(unequal).join('\n')).toMatch(
      /MAE differs by sex: female 2\.9\d \(.*\) versus male 0\.00 \(0\.00–0\.00\) years/,
    );
  });

  it('names groups whose minors pass more often than average', () => {
    const unfair = exampleMetrics((age, sex) => (sex === '1' && age < 18 ? 18 : 0));
    expect(knownFailures(unfair).join('\n')).toMatch(
      /minors in these groups pass more often than average: female 100\.0 % \(.*\), 18 of 18\./,
    );
    expect(text).not.toMatch(/in these groups/);
  });

  it('names no group without failures', () => {
    const faultless = knownFailures(exampleMetrics()).join('\n');
    expect(faultless).not.toMatch(
      /exceeds|overestimated|underestimated|covers too few|differs by sex|these groups/,
    );
    expect(faultless).toMatch(/pass as 18 or older: 0 of 16/);
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

  it('says below which probability of a face answers warn, where the network outputs it', () => {
    expect(card).not.toContain('unlikely_face');
    expect(modelCard({ ...model, face: { threshold: 0.35 } }, flawed)).toMatch(
      /framed face\. Below 0\.35, answers carry the severe warning `unlikely_face`/,
    );
  });

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

  it('warns if the evaluation photos were also used to build the model', () => {
    expect(card).toContain('were also used to build this model (stopping point)');
    const { dataset } = exampleContext;
    const elsewhere = exampleMetrics(() => 0, { dataset: { ...dataset, name: 'ours' } });
    expect(modelCard(model, elsewhere)).toContain('these photos were not used to build the model');
  });

  it('describes only known datasets', () => {
    expect(card).toContain('non-commercial research only');
    const other = modelCard({ ...model, license: 'our own photos' }, flawed);
    expect(other).not.toContain('UTKFace');
    expect(other).toContain('License: our own photos.');
  });

  it('lists what the version was made from, with licenses, and describes the known data sets', () => {
    expect(card).not.toContain('| made from |');
    const made = modelCard(
      {
        ...model,
        license: 'CC BY 4.0',
        sources: [{ name: 'fairface', license: 'CC BY 4.0 | FairFace', photos: 33168, weight: 1 }],
        derivedFrom: [
          { role: 'teacher', name: 'face-age-open', version: 1, license: 'CC BY 4.0' },
          { role: 'negatives', name: 'things', license: 'public domain' },
        ],
      },
      flawed,
    );
    expect(made).toContain(
      '| data set fairface | 33,168 training photos, weight 1 | CC BY 4.0 \\| FairFace |',
    );
    expect(made).toContain('| teacher | face-age-open 1 | CC BY 4.0 |');
    expect(made).toContain('| negatives | things | public domain |');
    expect(made).toContain('CC BY 4.0: name the authors of FairFace.');
    expect(made).toContain('categories of FairFace; they were assigned by others');
    expect(made).not.toContain('UTKFace');
  });

  it('has a row of metrics for each group and each buffer', () => {
    const { count, mae } = flawed.groups.sex!['1']!;
    expect(card).toMatch(new RegExp(`\\| female \\| ${count} \\| ${mae.toFixed(2)} \\(`));
    expect(card).toMatch(/\| 0 \| 22\.2 % \(.*\), 8 of 36 \|/);
  });

  it('explains why error rates at the threshold are not available', () => {
    const head = 'buckets' as const;
    const coarse = exampleMetrics(() => 0, { model: { ...exampleContext.model, head } });
    expect(modelCard(model, coarse)).toContain('not available: the model predicts age buckets');
  });
});

describe('figuresTable', () => {
  it('aligns a row for all photos and each group, followed by the threshold', () => {
    const lines = figuresTable(flawed).split('\n');
    const [header, all, youngest] = lines;
    expect(header).toMatch(/^photos of +count +MAE/);
    expect(all).toMatch(/^all +192 +\d\.\d\d +\d\.\d\d–\d\.\d\d +−\d/);
    expect(youngest).toMatch(/^ages 0-9 +20 +0\.00 .* – +– +0\.900$/);
    expect(all).toHaveLength(header!.length);
    expect(lines.at(-4)).toMatch(/^18 \+ 0 +22\.2 % \(8 of 36\)/);
  });
});
