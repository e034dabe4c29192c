import { describe, expect, it } from 'vitest';
import { alignFace, alignment, utkFrame } from '../../../src/inference/faces/align.ts';
import { applySimilarity } from '../../../src/inference/faces/geometry.ts';
import { Pyramid } from '../../../src/inference/faces/pyramid.ts';

const eye = { leftEye: { x: 35.16, y: 34.92 }, rightEye: { x: 82.44, y: 33.84 } };
const framed = {
  ...eye,
  nose: { x: 60, y: 60 },
  mouth: { x: 59.76, y: 81.84 },
  leftEar: { x: 10, y: 40 },
  rightEar: { x: 110, y: 40 },
};

describe('alignment', () => {
  it('leaves a face as it is that already lies in the frame', () => {
    const { a, b, shiftX, shiftY } = alignment(framed, utkFrame, 120);
    expect(a).toBeCloseTo(1, 3);
    expect(b).toBeCloseTo(0, 3);
    expect(Math.hypot(shiftX, shiftY)).toBeLessThan(0.1);
  });

  it('undoes turn, scale and shift', () => {
    const moved = { a: 1.2, b: 1.6, shiftX: 40, shiftY: 90 };
    const landmarks = Object.fromEntries(
      Object.entries(framed).map(([name, point]) => [name, applySimilarity(moved, point)]),
    ) as typeof framed;
    const back = alignment(landmarks, utkFrame, 120);
    const mouth = applySimilarity(back, landmarks.mouth);
    expect(mouth.x).toBeCloseTo(framed.mouth.x, 1);
    expect(mouth.y).toBeCloseTo(framed.mouth.y, 1);
  });
});

describe('alignFace', () => {
  it('puts what is bright at the landmarks where the frame wants them', () => {
    const gray = new Uint8Array(400 * 300).fill(20);
    const landmarks = {
      ...framed,
      leftEye: { x: 150, y: 100 },
      rightEye: { x: 229, y: 98 },
      mouth: { x: 191, y: 178 },
    };
    for (const { x, y } of [landmarks.leftEye, landmarks.rightEye, landmarks.mouth]) {
      for (let dy = -4; dy < 4; dy += 1)
        gray.fill(250, (y + dy) * 400 + x - 4, (y + dy) * 400 + x + 4);
    }
    const pixels = alignFace(
      new Pyramid({ width: 400, height: 300, gray }),
      landmarks,
      utkFrame,
      120,
    );
    const at = ({ x, y }: { x: number; y: number }) =>
      pixels[Math.floor(y * 120) * 120 + Math.floor(x * 120)]!;
    for (const point of [utkFrame.leftEye, utkFrame.rightEye, utkFrame.mouth]) {
      expect(at(point)).toBeGreaterThan(200);
    }
    expect(at({ x: 0.5, y: 0.45 })).toBe(20);
  });
});
