import { describe, expect, it } from 'vitest';
import { Canvas } from '../../src/drawing/canvas.ts';

/** The white share of a picture with a black background. */
function whiteShare(canvas: Canvas): number {
  return canvas.rgb.reduce((sum, level) => sum + level, 0) / 255 / canvas.rgb.length;
}

const black = [0, 0, 0] as const;
const white = [255, 255, 255] as const;

describe('Canvas', () => {
  it('fills an ellipse of the right area', () => {
    const canvas = new Canvas(200, black);
    canvas.ellipse([0.5, 0.5], [0.4, 0.2], white);
    expect(whiteShare(canvas)).toBeCloseTo(Math.PI * 0.4 * 0.2, 2);
  });

  it('draws a stroke of the right width with round ends', () => {
    const canvas = new Canvas(200, black);
    canvas.stroke(
      [
        [0.2, 0.5],
        [0.8, 0.5],
      ],
      0.1,
      white,
    );
    expect(whiteShare(canvas)).toBeCloseTo(0.6 * 0.1 + Math.PI * 0.05 ** 2, 2);
  });

  it('blends by opacity and stays within the picture', () => {
    const canvas = new Canvas(50, black);
    canvas.ellipse([0, 0], [3, 3], white, 0.5);
    expect(new Set(canvas.rgb)).toEqual(new Set([128]));
  });

  it('lights each pixel by its position', () => {
    const canvas = new Canvas(2, [100, 100, 100]);
    canvas.light((x, y) => x + 2 * y);
    const gray = Array.from({ length: 4 }, (_, i) => canvas.rgb[3 * i]);
    expect(gray).toEqual([75, 125, 175, 225]);
  });
});
