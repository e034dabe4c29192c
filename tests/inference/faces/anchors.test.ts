import { describe, expect, it } from 'vitest';
import { DETECTOR_OUTPUTS, readDetections } from '../../../src/inference/faces/anchors.ts';

const VALUES = 17;

/** An output in which all anchors are silent but those that are given, as [anchor, logit, centerX, centerY, size]. */
function output(...anchors: [number, number, number, number, number][]): Float32Array {
  const values = new Float32Array(DETECTOR_OUTPUTS);
  for (let at = 0; at < values.length; at += VALUES) values[at] = -20;
  for (const [anchor, logit, x, y, size] of anchors) {
    values.set([logit, x, y, size, size, x - 10, y - 8, x + 10, y - 8], anchor * VALUES);
  }
  return values;
}

describe('readDetections', () => {
  it('places a box relative to the center of its anchor', () => {
    // The second anchor of the first grid's cell (3, 2), whose center is (28, 20).
    const anchor = (2 * 16 + 3) * 2 + 1;
    const [face, ...others] = readDetections(output([anchor, 2, 4, -2, 30]), 0.5);
    expect(others).toEqual([]);
    expect(face!.score).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
    expect(face!.box).toEqual({ x: 28 + 4 - 15, y: 20 - 2 - 15, width: 30, height: 30 });
    expect(face!.landmarks.leftEye).toEqual({ x: 28 + 4 - 10, y: 20 - 2 - 8 });
  });

  it('reads the anchors of the second grid', () => {
    // The first of the six anchors of the cell (1, 0) of 8 × 8, whose center is (24, 8).
    const [face] = readDetections(output([512 + 6, 2, 0, 0, 20]), 0.5);
    expect(face!.box).toEqual({ x: 14, y: -2, width: 20, height: 20 });
  });

  it('omits what scores lower than asked', () => {
    expect(readDetections(output([0, 0, 0, 0, 20]), 0.51)).toEqual([]);
    expect(readDetections(output([0, 0, 0, 0, 20]), 0.49)).toHaveLength(1);
  });

  it('joins anchors of the same face, weighted by their scores, and keeps the best score', () => {
    const [face, ...others] = readDetections(output([0, 3, 0, 0, 40], [1, 0, 8, 0, 40]), 0.4);
    const best = 1 / (1 + Math.exp(-3));
    expect(others).toEqual([]);
    expect(face!.score).toBeCloseTo(best, 6);
    expect(face!.box.x + 20).toBeCloseTo(4 + (8 * 0.5) / (best + 0.5), 4);
  });

  it('lists different faces in descending order of their scores', () => {
    const found = readDetections(output([0, 1, 0, 0, 20], [511, 3, 0, 0, 20]), 0.5);
    expect(found.map(({ box }) => box.x)).toEqual([114, -6]);
  });
});
