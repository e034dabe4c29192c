import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../../src/common/config/config.ts';
import { driftFeatures, referenceOf } from '../../../src/registry/drift/reference-histograms.ts';
import { manifestSchema } from '../../../src/registry/manifest.ts';
import { exampleManifest } from '../../support/models/example-manifest.ts';

const spread = (count: number, high: number) =>
  Array.from({ length: count }, (_, n) => ((n + 0.5) * high) / count);

describe('reference histograms', () => {
  it('count every photo once, in ten bins of equal counts if there are many', () => {
    const { predicted_age, confidence } = referenceOf({
      predicted_age: spread(1000, 90),
      confidence: spread(1000, 1),
    });
    expect(predicted_age!.counts).toEqual(new Array(10).fill(100));
    expect(confidence!.counts).toEqual(new Array(10).fill(100));
    expect(confidence!.edges[1]).toBeCloseTo(0.1, 2);
  });

  it('have fewer bins if each would hold fewer than twenty photos', () => {
    expect(referenceOf({ brightness: spread(70, 255) }).brightness!.counts).toHaveLength(3);
    expect(referenceOf({ brightness: spread(5, 255) }).brightness!.counts).toHaveLength(2);
  });

  it('use octaves for sizes, because training photos often have one size', () => {
    const { edges, counts } = referenceOf({ photo_size: [200, 200, 200, 1080] }).photo_size!;
    expect(counts).toHaveLength(10);
    expect(counts[edges.indexOf(128)]).toBe(3);
    expect(counts[edges.indexOf(1024)]).toBe(1);
  });

  it('omit features without values', () => {
    expect(referenceOf({ contrast: spread(50, 60), photo_size: [] })).not.toHaveProperty(
      'photo_size',
    );
  });

  it('are valid in a manifest', () => {
    const values = Object.fromEntries(driftFeatures.map((feature) => [feature, spread(300, 1)]));
    const reference = referenceOf(values);
    expect(manifestSchema.parse(exampleManifest({ reference })).reference).toEqual(reference);
  });
});

describe('a manifest', () => {
  it.each([
    ['edges that do not ascend', { edges: [0, 2, 2], counts: [1, 1] }, 'edges must ascend'],
    ['more counts than bins', { edges: [0, 1, 2], counts: [1, 1, 1] }, 'one count between'],
  ])('with %s is invalid', (_what, histogram, reason) => {
    const parsed = manifestSchema.safeParse(
      exampleManifest({ reference: { brightness: histogram } }),
    );
    expect(parsed.error?.message).toContain(reason);
  });
});

describe('DRIFT_FEATURES', () => {
  it('include every measured feature by default', () => {
    expect(settingsSchema.parse({}).DRIFT_FEATURES).toEqual([...driftFeatures]);
  });

  it('may select some features, but none that is not measured', () => {
    const read = (DRIFT_FEATURES: string) => settingsSchema.safeParse({ DRIFT_FEATURES });
    expect(read('brightness, photo_size').data?.DRIFT_FEATURES).toEqual([
      'brightness',
      'photo_size',
    ]);
    expect(read('brightness,mood').success).toBe(false);
  });
});
