import { beforeAll, describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { readWorkingPicture } from '../../src/inference/face-detector.ts';
import { findLargestFace } from '../../src/inference/faces/find-faces.ts';
import type { Detect } from '../../src/inference/faces/view.ts';
import { openDetector } from '../support/detector.ts';
import { limits } from '../support/pictures.ts';

let detect: Detect;
beforeAll(async () => {
  detect = await openDetector();
});

/** How many people are drawn; the share that must be found was measured with DRAWN_FACES=500. */
const PEOPLE = Number(process.env.DRAWN_FACES ?? 60);

/** Whether the shipped detector finds the face, with its center in the middle half of the picture. */
async function isFound(face: { age: number; seed: number; size?: number }): Promise<boolean> {
  const { pyramid } = await readWorkingPicture(drawFaceJpeg(face), limits);
  const found = await findLargestFace(pyramid, detect);
  if (found === undefined) return false;
  const { x, y, width, height } = found.box;
  const side = pyramid.base.width;
  return Math.hypot(x + width / 2 - side / 2, y + height / 2 - side / 2) < side / 4;
}

describe('a drawn face', () => {
  it(
    'is found by the shipped detector at every age',
    async () => {
      const missed: string[] = [];
      for (let seed = 1; seed <= PEOPLE; seed++) {
        const age = (seed * 37) % 91;
        if (!(await isFound({ age, seed }))) missed.push(`age ${age}, seed ${seed}`);
      }
      expect(missed.length, missed.join('; ')).toBeLessThanOrEqual(0.01 * PEOPLE);
    },
    30_000 + 500 * PEOPLE,
  );

  it.each([60, 100, 200, 500, 1000])(
    'is found with a side of %d pixels, as is the one that the README draws',
    async (size) => {
      expect(await isFound({ age: 34, seed: 1, size })).toBe(true);
      expect(await isFound({ age: 5, seed: 2, size })).toBe(true);
    },
  );
});
