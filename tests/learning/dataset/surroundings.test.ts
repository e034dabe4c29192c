import { describe, expect, it } from 'vitest';
import { utkFrame } from '../../../src/inference/faces/align.ts';
import {
  framedWithin,
  storedSideOf,
  surround,
} from '../../../src/learning/dataset/surroundings.ts';

describe('pictures with surroundings', () => {
  it('have the network input in their middle', () => {
    const side = 120;
    const stored = storedSideOf(side);
    const margin = (stored - side) / 2;
    expect(Number.isInteger(margin) && margin > 0).toBe(true);
    const within = framedWithin(utkFrame, side);
    for (const point of ['leftEye', 'rightEye', 'mouth'] as const) {
      expect(within[point].x * stored - margin).toBeCloseTo(utkFrame[point].x * side, 6);
      expect(within[point].y * stored - margin).toBeCloseTo(utkFrame[point].y * side, 6);
    }
  });

  it('continue a framed picture mirrored', () => {
    const side = 10;
    const pixels = Uint8Array.from({ length: side * side }, (_, at) => at);
    const wide = surround(pixels, side);
    const stored = storedSideOf(side);
    const margin = (stored - side) / 2;
    const at = (x: number, y: number) => wide[(y + margin) * stored + x + margin];
    expect([at(0, 0), at(9, 9), at(3, 4)]).toEqual([0, 99, 43]);
    expect([at(-1, 0), at(-3, 0), at(10, 0), at(0, 12)]).toEqual([0, 2, 9, 70]);
  });
});
