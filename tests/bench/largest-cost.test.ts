import { describe, expect, it } from 'vitest';
import { type CostRow, largestByFormat, largestCost } from '../../bench/cost/largest.ts';

const MB = 1_000_000;
const bounds = {
  ...{ maxPixels: 50 * MB, maxFileBytes: 10 * MB, memoryBytes: 240 * MB },
  ...{ maxCpuMs: 5000, requestCpuMs: 10_000, maxPhotos: 16, workers: 1 },
};
const row: CostRow = {
  ...{ format: 'png', coding: 'RGB', content: 'flat', megapixels: 3, fileBytes: 10_000 },
  estimate: { memoryBytes: 24 * MB, cpuMs: 200 },
  measured: { memoryBytes: 20 * MB, cpuMs: 100 },
};

describe('the largest cost', () => {
  it('is that of a picture which reaches the first bound, memory here', () => {
    const cost = largestCost(row, bounds);
    expect(cost.megapixels).toBeCloseTo(30);
    expect(cost.memoryMegabytes).toBeCloseTo(200);
    expect(cost.photoSeconds).toBeCloseTo(1);
    expect(cost.photos).toBe(5);
    expect(cost.requestSeconds).toBeCloseTo(5);
    expect(cost.requestsPerSecond).toBeCloseTo(0.2);
  });

  it('of a format is that of its most expensive coding', () => {
    const slow = { ...row, coding: 'RGBA', measured: { memoryBytes: 1, cpuMs: 150 } };
    const other = { ...row, format: 'gif' };
    const largest = largestByFormat([row, slow, other], bounds);
    expect(largest.map(({ coding }) => coding)).toEqual(['RGBA, flat', 'RGB, flat']);
  });
});
