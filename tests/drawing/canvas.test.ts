import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../src/common/random.ts';
import { Canvas } from '../../src/drawing/canvas.ts';
import { ellipseOutline, type Point } from '../../src/drawing/outline.ts';

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
      { width: 0.1, color: white },
    );
    expect(whiteShare(canvas)).toBeCloseTo(0.6 * 0.1 + Math.PI * 0.05 ** 2, 2);
  });

  it('tapers and softens a stroke', () => {
    const points = [
      [0.2, 0.5],
      [0.35, 0.5],
      [0.5, 0.5],
      [0.65, 0.5],
      [0.8, 0.5],
    ] as const;
    const share = (brush: { taper?: boolean; softness?: number }) => {
      const canvas = new Canvas(200, black);
      canvas.stroke(points, { width: 0.1, color: white, ...brush });
      return whiteShare(canvas);
    };
    expect(share({ taper: true })).toBeLessThan(0.9 * share({}));
    expect(share({ softness: 0.5 })).toBeCloseTo(share({}), 2);
  });

  it('fills an outline by its area, also beyond the edge of the picture', () => {
    const canvas = new Canvas(100, black);
    canvas.fill(
      [
        [-1, 0.25],
        [0.305, 0.25],
        [0.305, 0.755],
        [-1, 0.755],
      ],
      white,
    );
    expect(whiteShare(canvas)).toBeCloseTo(0.305 * 0.505, 2);
  });

  it('fades a glow from its center to its edge', () => {
    const canvas = new Canvas(101, black);
    canvas.glow([0.5, 0.5], [0.4, 0.2], white, 0.5);
    const level = (x: number, y: number) => canvas.rgb[3 * (y * 101 + x)]!;
    expect(level(50, 50)).toBe(128);
    expect(level(70, 50)).toBeLessThan(level(60, 50));
    expect(level(50, 60)).toBe(level(70, 50));
    expect(level(92, 50) + level(50, 72)).toBe(0);
  });

  it('shows only what lies within the outlines', () => {
    const canvas = new Canvas(200, black);
    const half = (left: number): Point[] => [
      [left, 0],
      [left + 0.5, 0],
      [left + 0.5, 1],
      [left, 1],
    ];
    canvas.within(half(0), () => {
      canvas.within(half(0.25), () => canvas.ellipse([0.5, 0.5], [3, 3], white));
    });
    expect(whiteShare(canvas)).toBeCloseTo(0.25, 3);
    canvas.ellipse([0.5, 0.5], [3, 3], white);
    expect(whiteShare(canvas)).toBe(1);
  });

  it('roughens by at most the given share, and the same for the same seed', () => {
    const rough = () => {
      const canvas = new Canvas(64, [100, 100, 100]);
      canvas.within(ellipseOutline([0.5, 0.5], [0.4, 0.4]), () => {
        canvas.grain(0.2, 0.05, mulberry32(1));
      });
      return canvas.rgb;
    };
    expect(Math.min(...rough())).toBeGreaterThanOrEqual(80);
    expect(Math.max(...rough())).toBeLessThanOrEqual(120);
    expect(new Set(rough()).size).toBeGreaterThan(10);
    expect(rough()).toEqual(rough());
  });

  it('measures in the frame that was set', () => {
    const canvas = new Canvas(200, black);
    canvas.place([0.5, 0.5], 0.25, 0.3);
    canvas.ellipse([0, 0], [1, 0.5], white);
    expect(whiteShare(canvas)).toBeCloseTo(Math.PI * 0.25 * 0.125, 2);
    const level = (x: number, y: number) => canvas.rgb[3 * (y * 200 + x)]!;
    expect([level(140, 112), level(140, 88)]).toEqual([255, 0]);
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
