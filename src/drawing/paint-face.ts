import type { Canvas } from './canvas.ts';
import { lightOf } from './face-colors.ts';
import type { FaceTraits } from './face-traits.ts';
import { paintEye } from './paint-eyes.ts';
import { paintBackHair, paintFrontHair } from './paint-hair.ts';
import { headOutline, paintBody, paintEars, paintForm } from './paint-head.ts';
import { paintMouth, paintNose } from './paint-nose-and-mouth.ts';
import { paintSpots, paintWrinkles } from './paint-wrinkles.ts';

/** Paints a portrait from back to front, then applies the light. */
export function paintFace(canvas: Canvas, face: FaceTraits): void {
  const { center, halfWidth, tilt, lightSlope } = face;
  canvas.glow([0.5, 0.42], [0.75, 0.75], lightOf(face.colors.background, 0.45), 0.8);
  canvas.place(center, halfWidth, tilt);
  paintBackHair(canvas, face);
  canvas.place(center, halfWidth);
  paintBody(canvas, face);
  canvas.place(center, halfWidth, tilt);
  paintEars(canvas, face);
  const head = headOutline(face);
  canvas.fill(head, face.colors.skin);
  canvas.within(head, () => paintFeatures(canvas, face));
  paintFrontHair(canvas, face);
  const [slopeX, slopeY] = lightSlope;
  canvas.light((x, y) => 1 + slopeX * (x - 0.5) + slopeY * (y - 0.5));
}

function paintFeatures(canvas: Canvas, face: FaceTraits): void {
  paintForm(canvas, face);
  paintSpots(canvas, face);
  paintNose(canvas, face);
  paintMouth(canvas, face);
  paintWrinkles(canvas, face);
  for (const side of [-1, 1] as const) paintEye(canvas, face, side);
}
