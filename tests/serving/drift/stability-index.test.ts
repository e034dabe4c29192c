import { describe, expect, it } from 'vitest';
import { countInBins, quantileEdges } from '../../../src/registry/drift/reference-histograms.ts';
import { indexByChance, stabilityIndex } from '../../../src/serving/drift/drift-window.ts';
import { normal, seededRandom } from '../../../src/common/random.ts';

describe('the stability index', () => {
  it('equals a value computed by hand', () => {
    // With half a photo more in each bin: p = (100.5, 100.5) / 201, q = (150.5, 50.5) / 201.
    const p = 0.5;
    const q = 150.5 / 201;
    const byHand = (q - p) * Math.log(q / p) + (1 - q - p) * Math.log((1 - q) / p);
    expect(byHand).toBeCloseTo(0.27164, 5);
    expect(stabilityIndex([100, 100], [150, 50])).toBeCloseTo(byHand, 12);
  });

  it('is 0 for equal shares of samples of the same size, and nearly so for others', () => {
    expect(stabilityIndex([10, 20, 30], [10, 20, 30])).toBe(0);
    expect(stabilityIndex([100, 200, 300], [1000, 2000, 3000])).toBeLessThan(1e-5);
  });

  it('is the same when reference and window change places', () => {
    expect(stabilityIndex([5, 40, 200], [90, 10, 60])).toBeCloseTo(
      stabilityIndex([90, 10, 60], [5, 40, 200]),
      12,
    );
  });

  it('is finite if bins are empty, and large if all values have moved', () => {
    expect(stabilityIndex([1000, 0], [0, 1000])).toBeCloseTo(
      2 * (1000 / 1001) * Math.log(1000.5 / 0.5),
      12,
    );
  });
});

describe('the index by chance', () => {
  it('is a bound that unchanged samples keep, and not far from their mean', () => {
    const random = seededRandom(7);
    const sample = (count: number) => Array.from({ length: count }, () => normal(random));
    const scale = { low: -10, high: 10 };
    for (const [referencePhotos, windowPhotos] of [
      [2303, 1000],
      [300, 100],
    ] as const) {
      const indices = Array.from({ length: 200 }, () => {
        const values = sample(referencePhotos);
        const edges = quantileEdges(values, scale, 10);
        const reference = countInBins(edges, values);
        expect(reference).toHaveLength(10);
        const window = countInBins(edges, sample(windowPhotos));
        expect(stabilityIndex(reference, window)).toBeLessThan(
          indexByChance(reference, windowPhotos),
        );
        return stabilityIndex(reference, window);
      });
      const mean = indices.reduce((sum, index) => sum + index, 0) / indices.length;
      const expected = 9 * (1 / referencePhotos + 1 / windowPhotos);
      expect(mean / expected).toBeGreaterThan(0.9);
      expect(mean / expected).toBeLessThan(1.1);
    }
  });

  it('falls as samples grow, and is that of χ² with one degree for two bins', () => {
    expect(indexByChance([50, 50], 1000)).toBeGreaterThan(indexByChance([500, 500], 1000));
    // The exact quantile is 23.9; Wilson and Hilferty's cube errs upwards here.
    const quantile = indexByChance([500, 500], 1000) * 500;
    expect(quantile).toBeGreaterThan(23.9);
    expect(quantile).toBeLessThan(29);
  });

  it('is 0 for a single bin, which cannot differ', () => {
    expect(indexByChance([100], 100)).toBe(0);
    expect(stabilityIndex([100], [7])).toBe(0);
  });
});
