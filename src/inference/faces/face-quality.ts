import { alignment, type Frame } from './align.ts';
import type { Landmarks } from './anchors.ts';
import type { Face } from './find-faces.ts';
import { applySimilarity, invertSimilarity, type Similarity } from './geometry.ts';
import type { Pyramid } from './pyramid.ts';

/** How well a photo shows a face: plain measurements, which `faceWarnings` compares with its thresholds. */
export interface FaceQuality {
  /** Width of the face's box, in pixels of the photo as it was sent. */
  width: number;
  /** Turn to the side: 0 seen from the front; about 1 where one ear lies as far to the side as the nose. */
  turn: number;
  /** Fine detail of the face in proportion to coarser detail: about 0.7 in sharp photos. */
  sharpness: number;
  /** Standard deviation of the network's input, in gray levels. */
  contrast: number;
  /** Share of the face that lies beyond the picture, from 0 to 1. */
  outside: number;
  /** Width of the largest other face as a share of the width of this one; 0 without another face. */
  rival: number;
}

/** A found face and the picture that shows it. */
export interface SeenFace {
  picture: Pyramid;
  /** Pixels of the photo per pixel of the picture. */
  scale: number;
  face: Face;
  /** The other faces of the same search. */
  others: readonly Face[];
  /** Where the network expects the landmarks. */
  frame: Frame;
  aligned: AlignedFace;
}

/** The network's input. */
export interface AlignedFace {
  /** side × side gray levels. */
  pixels: Uint8Array;
  side: number;
  /** Standard deviation, in gray levels. */
  contrast: number;
}

/** Measures how well a photo shows a face, in about 0.05 ms whatever the size of the photo. */
export function faceQuality({
  picture,
  scale,
  face,
  others,
  frame,
  aligned,
}: SeenFace): FaceQuality {
  return {
    width: face.box.width * scale,
    turn: turnOf(face.landmarks),
    sharpness: sharpnessOf(aligned),
    contrast: aligned.contrast,
    outside: outsideOf(picture, alignment(face.landmarks, frame, 1)),
    rival: Math.max(0, ...others.map(({ box }) => box.width / face.box.width)),
  };
}

/** In a profile one ear and the nose lie so close to each other in the picture that larger values are noise. */
const MAX_TURN = 4;

/**
 * The difference between the distances of the nose from both ears along the line of the eyes, as a share of their sum: it
 * grows faster than the angle.
 */
function turnOf({ leftEye, rightEye, nose, leftEar, rightEar }: Landmarks): number {
  const x = rightEye.x - leftEye.x;
  const y = rightEye.y - leftEye.y;
  const along = (point: { x: number; y: number }): number => point.x * x + point.y * y;
  const left = along(nose) - along(leftEar);
  const right = along(rightEar) - along(nose);
  const span = left + right;
  return span > 0 ? Math.min(MAX_TURN, Math.abs(left - right) / span) : MAX_TURN;
}

/** Detail is measured in this many cells along the aligned face, whatever the side of the network's input. */
const DETAIL_CELLS = 60;
/** Cells at each border, with hair, collar and background, which do not count. */
const DETAIL_BORDER = 6;
const DETAIL_SIDE = DETAIL_CELLS - 2 * DETAIL_BORDER;

/**
 * How strongly neighboring cells differ in proportion to neighboring blocks of 2×2 cells. Blur and enlargement remove the
 * fine differences first, while weak contrast and light from the side change both alike. A cell is so large that noise
 * adds little.
 */
function sharpnessOf({ pixels, side }: AlignedFace): number {
  const cells = detailCells(pixels, side);
  const fine = differences(cells, DETAIL_SIDE);
  const coarse = differences(fine.means, DETAIL_SIDE / 2);
  return coarse.rms > 0 ? fine.rms / coarse.rms : 0;
}

/** The means of blocks of 2×2 values, and the root mean square of what the values differ from them. */
function differences(values: Float32Array, side: number): { means: Float32Array; rms: number } {
  const means = new Float32Array((side / 2) ** 2);
  let squares = 0;
  for (let y = 0, block = 0; y < side; y += 2) {
    for (let at = y * side; at < (y + 1) * side; at += 2, block += 1) {
      const [a, b] = [values[at]!, values[at + 1]!];
      const [c, d] = [values[at + side]!, values[at + side + 1]!];
      const mean = (a + b + c + d) / 4;
      means[block] = mean;
      squares += (a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2 + (d - mean) ** 2;
    }
  }
  return { means, rms: Math.sqrt(squares / values.length) };
}

/** The means of DETAIL_SIDE × DETAIL_SIDE cells; a pixel at the edge of a cell counts by its share of it. */
function detailCells(pixels: Uint8Array, side: number): Float32Array {
  const cells = new Float32Array(DETAIL_SIDE * DETAIL_SIDE);
  const row = new Float32Array(side);
  const taps = tapsOf(side);
  for (let cell = 0, at = 0; cell < DETAIL_SIDE; cell += 1) {
    row.fill(0);
    for (const { pixel: y, weight } of taps[cell]!) {
      for (let x = 0; x < side; x += 1) row[x]! += weight * pixels[y * side + x]!;
    }
    for (let column = 0; column < DETAIL_SIDE; column += 1, at += 1) {
      for (const { pixel: x, weight } of taps[column]!) cells[at]! += weight * row[x]!;
    }
  }
  return cells;
}

/** A pixel of a cell along one axis; the weights of a cell sum to 1. */
interface Tap {
  pixel: number;
  weight: number;
}

function tapsOf(side: number): Tap[][] {
  const pitch = side / DETAIL_CELLS;
  return Array.from({ length: DETAIL_SIDE }, (_, cell) => {
    const from = (DETAIL_BORDER + cell) * pitch;
    const end = from + pitch;
    const taps: Tap[] = [];
    for (let pixel = Math.floor(from); pixel < end; pixel += 1) {
      const weight = (Math.min(pixel + 1, end) - Math.max(pixel, from)) / pitch;
      taps.push({ pixel, weight });
    }
    return taps;
  });
}

/** Points along each side of the grid in which the part beyond the picture is counted. */
const GRID = 16;
/** The part of the aligned face that shows the face itself, from the brow to the chin, as shares of the side. */
const FACE_PART = { left: 0.15, right: 0.85, top: 0.1, bottom: 0.95 };

/** @param toUnit maps the picture to the aligned face as a square of side 1 */
function outsideOf({ base: { width, height } }: Pyramid, toUnit: Similarity): number {
  const toPicture = invertSimilarity(toUnit);
  const { left, right, top, bottom } = FACE_PART;
  let outside = 0;
  for (let row = 0; row < GRID; row += 1) {
    for (let column = 0; column < GRID; column += 1) {
      const x = left + ((column + 0.5) / GRID) * (right - left);
      const y = top + ((row + 0.5) / GRID) * (bottom - top);
      const at = applySimilarity(toPicture, { x, y });
      if (at.x < 0 || at.y < 0 || at.x > width || at.y > height) outside += 1;
    }
  }
  return outside / GRID ** 2;
}
