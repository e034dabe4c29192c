import { describe, expect, it } from 'vitest';
import {
  applySimilarity,
  fitSimilarity,
  invertSimilarity,
  overlap,
  scaleOf,
} from '../../../src/inference/faces/geometry.ts';

const turnedAndDoubled = { a: 0, b: 2, shiftX: 7, shiftY: -3 };
const points = [
  { x: 1, y: 2 },
  { x: 5, y: 1 },
  { x: 3, y: 8 },
];

describe('fitSimilarity', () => {
  it('recovers the similarity that moved the points', () => {
    const moved = points.map((point) => applySimilarity(turnedAndDoubled, point));
    const fitted = fitSimilarity(points, moved);
    expect(fitted.a).toBeCloseTo(0, 9);
    expect(fitted.b).toBeCloseTo(2, 9);
    expect(fitted.shiftX).toBeCloseTo(7, 9);
    expect(fitted.shiftY).toBeCloseTo(-3, 9);
    expect(scaleOf(fitted)).toBeCloseTo(2, 9);
  });

  it('leaves the least squares where no similarity fits', () => {
    const squeezed = points.map(({ x, y }) => ({ x: x / 2, y }));
    const fitted = fitSimilarity(points, squeezed);
    const error = (by: number): number =>
      points.reduce((sum, point, index) => {
        const { x, y } = applySimilarity({ ...fitted, a: fitted.a + by }, point);
        return sum + (x - squeezed[index]!.x) ** 2 + (y - squeezed[index]!.y) ** 2;
      }, 0);
    expect(error(0)).toBeLessThan(error(0.01));
    expect(error(0)).toBeLessThan(error(-0.01));
  });
});

describe('invertSimilarity', () => {
  it('maps back', () => {
    const back = invertSimilarity(turnedAndDoubled);
    for (const point of points) {
      const there = applySimilarity(turnedAndDoubled, point);
      expect(applySimilarity(back, there).x).toBeCloseTo(point.x, 9);
      expect(applySimilarity(back, there).y).toBeCloseTo(point.y, 9);
    }
  });
});

describe('overlap', () => {
  const box = { x: 0, y: 0, width: 10, height: 10 };

  it.each([
    ['the same box', box, 1],
    ['half of it', { ...box, width: 5 }, 0.5],
    ['a shifted box', { ...box, x: 5 }, 1 / 3],
    ['a box beside it', { ...box, x: 10 }, 0],
  ])('of %s', (_what, other, expected) => {
    expect(overlap(box, other)).toBeCloseTo(expected, 9);
  });
});
