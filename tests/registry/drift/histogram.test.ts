import { describe, expect, it } from 'vitest';
import {
  binOf,
  countInBins,
  quantileEdges,
} from '../../../src/registry/drift/reference-histograms.ts';

const scale = { low: 0, high: 100 };

describe('bins', () => {
  it('include their lower edge and exclude their upper one', () => {
    const edges = [0, 10, 20, 30];
    expect([0, 9.99, 10, 19.99, 20].map((value) => binOf(edges, value))).toEqual([0, 0, 1, 1, 2]);
  });

  it('include values beyond the outer edges', () => {
    expect(countInBins([0, 10, 20], [-5, 5, 15, 20, 1e9])).toEqual([2, 3]);
  });
});

describe('quantile edges', () => {
  it('divide the values into bins of equal counts', () => {
    const values = Array.from({ length: 100 }, (_, n) => (n * 37) % 100);
    const edges = quantileEdges(values, scale, 4);
    expect(edges).toEqual([0, 25, 50, 75, 100]);
    expect(countInBins(edges, values)).toEqual([25, 25, 25, 25]);
  });

  it('never divide equal values, so that there are fewer bins if many are equal', () => {
    const values = [...new Array<number>(90).fill(40), ...new Array<number>(10).fill(60)];
    const edges = quantileEdges(values, scale, 10);
    expect(edges).toEqual([0, 40, 60, 100]);
    expect(countInBins(edges, values)).toEqual([0, 90, 10]);
  });

  it('are the ends of the scale if every value is at one end', () => {
    expect(quantileEdges([0, 0, 0], scale, 10)).toEqual([0, 100]);
    expect(quantileEdges([100, 100, 100], scale, 10)).toEqual([0, 100]);
  });
});
