import { beforeAll, describe, expect, it } from 'vitest';
import { mulberry32 } from '../../../src/common/random.ts';
import { drawFaceRgb } from '../../../src/drawing/draw-face.ts';
import { DETECTOR_OUTPUTS } from '../../../src/inference/faces/anchors.ts';
import {
  findAllFaces,
  findMainFace,
  findLargestFace,
} from '../../../src/inference/faces/find-faces.ts';
import type { Detect } from '../../../src/inference/faces/view.ts';
import { sampleSquare } from '../../../src/inference/faces/sample.ts';
import { Pyramid, type Gray } from '../../../src/inference/faces/pyramid.ts';
import { rec601Luma } from '../../../src/inference/preprocess/picture.ts';
import { flat, openDetector, paste } from '../../support/detector.ts';

let detect: Detect;
beforeAll(async () => {
  detect = await openDetector();
});

function drawnFace(seed: number, size: number): Gray {
  const gray = rec601Luma(drawFaceRgb({ age: 20 + seed, seed, size }).rgb, 3);
  return { width: size, height: size, gray };
}

/** Whether a box's center lies near the center of a square. */
function isIn(box: { x: number; y: number; width: number; height: number }, square: number[]) {
  const [left, top, side] = square as [number, number, number];
  const away = Math.hypot(
    box.x + box.width / 2 - left - side / 2,
    box.y + box.height / 2 - top - side / 2,
  );
  return away < 0.3 * side;
}

/** Counts the squares that the detector looks at. */
function counting(inner: Detect): { detect: Detect; squares: () => number } {
  let count = 0;
  return {
    detect: (squares) => {
      count += squares.length;
      return inner(squares);
    },
    squares: () => count,
  };
}

describe('findLargestFace', () => {
  it('finds a crop of a face in one look', async () => {
    const counter = counting(detect);
    const face = await findLargestFace(new Pyramid(drawnFace(1, 200)), counter.detect);
    expect(isIn(face!.box, [0, 0, 200])).toBe(true);
    expect(counter.squares()).toBeLessThanOrEqual(2);
  });

  it('finds the face in a larger photo, in its coordinates', async () => {
    const photo = flat(640, 480, 120);
    paste(photo, drawnFace(2, 160), 400, 200);
    const face = await findLargestFace(new Pyramid(photo), detect);
    expect(isIn(face!.box, [400, 200, 160])).toBe(true);
    expect(Math.abs(face!.rollDegrees)).toBeLessThan(10);
    const { leftEye, rightEye, mouth } = face!.landmarks;
    expect(leftEye.x).toBeLessThan(rightEye.x);
    expect(mouth.y).toBeGreaterThan(leftEye.y);
  });

  it('names the other faces that the same look showed', async () => {
    const photo = flat(640, 480, 120);
    paste(photo, drawnFace(2, 200), 40, 40);
    paste(photo, drawnFace(4, 240), 340, 160);
    const found = await findMainFace(new Pyramid(photo), detect);
    expect(isIn(found!.face.box, [340, 160, 240])).toBe(true);
    expect(found!.others).toHaveLength(1);
    expect(isIn(found!.others[0]!.box, [40, 40, 200])).toBe(true);
    const alone = await findMainFace(new Pyramid(drawnFace(1, 200)), detect);
    expect(alone!.others).toEqual([]);
    expect(await findMainFace(new Pyramid(flat(300, 300, 90)), detect)).toBeUndefined();
  });

  it('takes the larger of two faces', async () => {
    const photo = flat(640, 480, 120);
    paste(photo, drawnFace(3, 120), 40, 40);
    paste(photo, drawnFace(4, 240), 340, 160);
    const face = await findLargestFace(new Pyramid(photo), detect);
    expect(isIn(face!.box, [340, 160, 240])).toBe(true);
  });

  it.each([
    [90, { a: 0, b: 1, shiftX: 200, shiftY: 0 }],
    [-90, { a: 0, b: -1, shiftX: 0, shiftY: 200 }],
    [180, { a: -1, b: 0, shiftX: 200, shiftY: 200 }],
  ])('finds a face that is turned by %d degrees, and says so', async (degrees, turn) => {
    const upright = new Pyramid(drawnFace(1, 200));
    const gray = sampleSquare(upright, turn, 200, { level: 0 });
    const face = await findLargestFace(new Pyramid({ width: 200, height: 200, gray }), detect);
    const difference = ((face!.rollDegrees - degrees + 540) % 360) - 180;
    expect(Math.abs(difference)).toBeLessThan(10);
  });

  it('finds none in noise, stripes and a flat picture, after a bounded number of looks', async () => {
    const random = mulberry32(5);
    const noise = Uint8Array.from({ length: 320 * 240 }, () => 256 * random());
    const stripes = Uint8Array.from({ length: 320 * 240 }, (_, at) => (at % 16 < 8 ? 40 : 200));
    for (const gray of [noise, stripes, flat(320, 240, 90).gray]) {
      const counter = counting(detect);
      const picture = new Pyramid({ width: 320, height: 240, gray });
      expect(await findLargestFace(picture, counter.detect)).toBeUndefined();
      expect(counter.squares()).toBeLessThan(40);
    }
  });

  it('does not look again at what nobody sees', async () => {
    const silent = new Float32Array(DETECTOR_OUTPUTS).fill(-20);
    const counter = counting((squares) => Promise.resolve(squares.map(() => silent)));
    await findLargestFace(new Pyramid(flat(300, 300, 90)), counter.detect);
    expect(counter.squares()).toBe(3 + 4 + 6);
  });
});

describe('findAllFaces', () => {
  it('finds six faces, largest first', async () => {
    const photo = flat(1200, 900, 120);
    const squares = [
      [60, 60, 300],
      [480, 80, 240],
      [860, 60, 200],
      [80, 520, 160],
      [500, 560, 120],
      [880, 540, 100],
    ];
    for (const [index, [left, top, side]] of squares.entries()) {
      paste(photo, drawnFace(index + 1, side!), left!, top!);
    }
    const faces = await findAllFaces(new Pyramid(photo), detect, 32);
    expect(faces).toHaveLength(6);
    for (const [index, square] of squares.entries()) {
      expect(isIn(faces[index]!.box, square)).toBe(true);
    }
  });

  it('returns the largest if there are more than wanted, and none for a flat picture', async () => {
    const photo = flat(640, 320, 120);
    paste(photo, drawnFace(1, 120), 40, 100);
    paste(photo, drawnFace(2, 200), 380, 60);
    const faces = await findAllFaces(new Pyramid(photo), detect, 1);
    expect(faces).toHaveLength(1);
    expect(isIn(faces[0]!.box, [380, 60, 200])).toBe(true);
    expect(await findAllFaces(new Pyramid(flat(640, 320, 120)), detect, 32)).toEqual([]);
  });
});
