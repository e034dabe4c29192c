import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../../src/common/random.ts';
import { utkFrame } from '../../../src/inference/faces/align.ts';
import type { Landmarks } from '../../../src/inference/faces/anchors.ts';
import { faceQuality, type SeenFace } from '../../../src/inference/faces/face-quality.ts';
import type { Face } from '../../../src/inference/faces/find-faces.ts';
import { sampleSquare } from '../../../src/inference/faces/sample.ts';
import { Pyramid } from '../../../src/inference/faces/pyramid.ts';

const SIDE = 120;

/** Landmarks that lie in the frame where a picture of 120×120 is the aligned face, moved by some pixels. */
function landmarksAt(x: number, y: number, nose = 0.5): Landmarks {
  const at = (u: number, v: number) => ({ x: u * SIDE + x, y: v * SIDE + y });
  return {
    leftEye: at(utkFrame.leftEye.x, utkFrame.leftEye.y),
    rightEye: at(utkFrame.rightEye.x, utkFrame.rightEye.y),
    mouth: at(utkFrame.mouth.x, utkFrame.mouth.y),
    nose: at(nose, 0.5),
    leftEar: at(0.1, 0.4),
    rightEar: at(0.9, 0.4),
  };
}

function faceOf(width: number, landmarks = landmarksAt(0, 0)): Face {
  return { box: { x: 10, y: 20, width, height: width }, score: 0.9, rollDegrees: 0, landmarks };
}

/** Random levels in cells of which so many lie along the side, smoothed, seen at any side. */
function textured(side: number, cells: number): Uint8Array {
  const random = mulberry32(5);
  const gray = Uint8Array.from({ length: cells * cells }, () => 20 + 210 * random());
  const texture = new Pyramid({ width: cells, height: cells, gray });
  return sampleSquare(texture, { a: side / cells, b: 0, shiftX: 0, shiftY: 0 }, side, 'mirrored');
}

/** The mean of each pixel and those two pixels away on either side. */
function blurredOnce(pixels: Uint8Array): Uint8Array {
  return pixels.map((_, at) => {
    const near = [-2 * SIDE, -2, 0, 2, 2 * SIDE].map((away) => pixels[at + away] ?? 128);
    return near.reduce((sum, level) => sum + level, 0) / near.length;
  });
}

function quality(seen: Partial<SeenFace> = {}) {
  return faceQuality({
    picture: new Pyramid({ width: SIDE, height: SIDE, gray: new Uint8Array(SIDE * SIDE) }),
    scale: 1,
    face: faceOf(100),
    others: [],
    frame: utkFrame,
    aligned: { pixels: new Uint8Array(SIDE * SIDE), side: SIDE, contrast: 40 },
    ...seen,
  });
}

const sharpness = (pixels: Uint8Array, side = SIDE) =>
  quality({ aligned: { pixels, side, contrast: 40 } }).sharpness;

describe('faceQuality', () => {
  it('measures the width in pixels of the photo, and passes the contrast on', () => {
    expect(quality({ scale: 2.5 })).toMatchObject({ width: 250, contrast: 40 });
  });

  it('measures a turn to either side from the nose and the ears, whatever the roll', () => {
    const turn = (landmarks: Landmarks) => quality({ face: faceOf(100, landmarks) }).turn;
    expect(turn(landmarksAt(0, 0))).toBeCloseTo(0, 1);
    expect(turn(landmarksAt(0, 0, 0.9))).toBeCloseTo(1, 1);
    expect(turn(landmarksAt(0, 0, 0.1))).toBeCloseTo(1, 1);
    expect(turn(landmarksAt(0, 0, 0.7))).toBeCloseTo(0.5, 1);
    const lying = Object.fromEntries(
      Object.entries(landmarksAt(0, 0, 0.7)).map(([name, { x, y }]) => [name, { x: -y, y: x }]),
    ) as Landmarks;
    expect(turn(lying)).toBeCloseTo(0.5, 1);
    const swapped = landmarksAt(0, 0);
    expect(turn({ ...swapped, leftEar: swapped.rightEar, rightEar: swapped.leftEar })).toBe(4);
  });

  it('finds pixels less sharp the more they are blurred', () => {
    let pixels = textured(SIDE, 60);
    const byBlur = [sharpness(pixels)];
    for (let round = 0; round < 3; round += 1) {
      pixels = blurredOnce(pixels);
      byBlur.push(sharpness(pixels));
    }
    expect(byBlur).toEqual(byBlur.toSorted((one, other) => other - one));
    expect(byBlur[0]).toBeGreaterThan(1.5 * byBlur[3]!);
  });

  it('measures the same sharpness at any contrast and side', () => {
    const sharp = sharpness(textured(SIDE, 25));
    const flat = textured(SIDE, 25).map((level) => Math.round(100 + (level - 100) / 3));
    expect(sharpness(flat) / sharp).toBeCloseTo(1, 1);
    for (const side of [96, 150, 180]) {
      expect(sharpness(textured(side, 25), side) / sharp).toBeCloseTo(1, 1);
    }
  });

  it('has no sharpness where all pixels are equal', () => {
    expect(sharpness(new Uint8Array(SIDE * SIDE).fill(90))).toBe(0);
  });

  it('measures the share of the face beyond the picture, but not of what surrounds it', () => {
    const outside = (x: number, y: number) =>
      quality({ face: faceOf(100, landmarksAt(x, y)) }).outside;
    expect(outside(0, 0)).toBe(0);
    expect(outside(-0.1 * SIDE, 0)).toBe(0);
    expect(outside(-0.5 * SIDE, 0)).toBeCloseTo(0.5, 1);
    expect(outside(0, 0.5 * SIDE)).toBeCloseTo(0.5, 1);
    expect(outside(0, -2 * SIDE)).toBe(1);
  });

  it('compares the face with the largest other one', () => {
    expect(quality().rival).toBe(0);
    expect(quality({ others: [faceOf(30), faceOf(70), faceOf(50)] }).rival).toBeCloseTo(0.7, 9);
  });
});
