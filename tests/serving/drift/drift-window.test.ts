import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countInBins } from '../../../src/registry/drift/reference-histograms.ts';
import {
  DriftWindow,
  SlidingHistogram,
  stabilityIndex,
} from '../../../src/serving/drift/drift-window.ts';

const edges = [0, 10, 20, 30, 40];

describe('a sliding histogram', () => {
  it('counts exactly the latest values', () => {
    const values = fc.array(fc.integer({ min: -5, max: 50 }), { maxLength: 40 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 12 }), (added, size) => {
        const sliding = new SlidingHistogram(edges, size);
        for (const value of added) sliding.add(value);
        expect([...sliding.counts]).toEqual(countInBins(edges, added.slice(-size)));
      }),
    );
  });
});

const photo = (brightness: number, side = 200) => ({
  estimate: { mean: 30, bucketProbabilities: () => [0.6, 0.4] },
  gray: { mean: brightness, std: 50 },
  photo: { width: side, height: 2 * side },
});

describe('a window of photos', () => {
  const reference = {
    brightness: { edges: [0, 100, 255], counts: [50, 50] },
    photo_size: { edges: [16, 256, 1024], counts: [100, 0] },
    'not known here': { edges: [0, 1], counts: [1] },
  };

  it('compares the features that the reference has', () => {
    const window = new DriftWindow(reference, 4);
    expect(window.features).toEqual(['brightness', 'photo_size']);
    for (const level of [50, 50, 150, 50]) window.add(photo(level), 0);
    const [brightness, size] = window.indices();
    expect(brightness!.psi).toBeCloseTo(stabilityIndex([50, 50], [3, 1]), 12);
    expect(size!.psi).toBeCloseTo(stabilityIndex([100, 0], [4, 0]), 12);
  });

  it('uses the shorter side as the size', () => {
    const window = new DriftWindow(reference, 1);
    window.add(photo(50, 300), 0);
    expect(window.indices()[1]!.psi).toBeCloseTo(stabilityIndex([100, 0], [0, 1]), 12);
  });

  it('uses the side of the face if the reference was measured on found faces', () => {
    const framed = { ...reference, face_score: { edges: [0, 0.9, 1], counts: [50, 50] } };
    const window = new DriftWindow(framed, 1);
    const face = { box: { x: 0, y: 0, width: 300, height: 300 }, score: 0.95 };
    window.add(photo(50, 200), 0);
    expect(window.indices().map(({ feature }) => feature)).toEqual(['brightness']);
    window.add({ ...photo(50, 200), face }, 0);
    const psi = Object.fromEntries(window.indices().map((each) => [each.feature, each.psi]));
    expect(psi.photo_size).toBeCloseTo(stabilityIndex([100, 0], [0, 1]), 12);
    expect(psi.face_score).toBeCloseTo(stabilityIndex([50, 50], [0, 1]), 12);
  });

  it('uses the side of the photo if the reference is older, even if a face was found', () => {
    const window = new DriftWindow(reference, 1);
    const face = { box: { x: 0, y: 0, width: 300, height: 300 }, score: 0.95 };
    window.add({ ...photo(50, 200), face }, 0);
    expect(window.indices()[1]!.psi).toBeCloseTo(stabilityIndex([100, 0], [1, 0]), 12);
  });

  it('compares the share of photos without a face once it has searched as many as it holds', () => {
    const shares = { no_face_share: { edges: [0, 0.5, 1], counts: [99, 1] } };
    const window = new DriftWindow(shares, 2);
    window.addSearch(false);
    expect([window.isSearchFull, window.indices()]).toEqual([false, []]);
    window.addSearch(true);
    expect(window.isSearchFull).toBe(true);
    expect(window.indices()[0]!.psi).toBeCloseTo(stabilityIndex([99, 1], [1, 1]), 12);
  });

  it('reports how full it is and since when, dropping the oldest photo', () => {
    const window = new DriftWindow(reference, 3);
    expect([window.photos, window.isFull, window.sinceMs]).toEqual([0, false, undefined]);
    window.add(photo(50), 1000);
    window.add(photo(50), 2000);
    expect([window.photos, window.isFull, window.sinceMs]).toEqual([2, false, 1000]);
    window.add(photo(50), 3000);
    window.add(photo(50), 4000);
    expect([window.photos, window.isFull, window.sinceMs]).toEqual([3, true, 2000]);
  });
});
