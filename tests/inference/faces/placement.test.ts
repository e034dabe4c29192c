import { expect, it } from 'vitest';
import type { Face } from '../../../src/inference/faces/find-faces.ts';
import { inPhoto, inPicture } from '../../../src/inference/faces/placement.ts';

const point = (x: number, y: number) => ({ x, y });
const face: Face = {
  box: { x: 10, y: 20, width: 30, height: 40 },
  score: 0.9,
  rollDegrees: 12,
  landmarks: {
    leftEye: point(15, 25),
    rightEye: point(30, 26),
    nose: point(22, 35),
    mouth: point(23, 45),
    leftEar: point(11, 30),
    rightEar: point(38, 31),
  },
};

it('scales and shifts a face into the photo, and keeps its score and turn', () => {
  const placed = inPhoto(face, { scale: 2, origin: { left: 100, top: 7 } });
  expect(placed.box).toEqual({ x: 120, y: 47, width: 60, height: 80 });
  expect(placed.landmarks.mouth).toEqual({ x: 146, y: 97 });
  expect(placed).toMatchObject({ score: 0.9, rollDegrees: 12 });
});

it('maps a face of the photo back into a picture', () => {
  const placement = { scale: 4, origin: { left: 8, top: 16 } };
  expect(inPicture(inPhoto(face, placement), placement)).toEqual(face);
});
