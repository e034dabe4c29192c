import type { Canvas } from './canvas.ts';
import { shadowOf } from './face-colors.ts';
import type { FaceTraits } from './face-traits.ts';
import { arc, curve, type Point } from './outline.ts';
import { atEye } from './paint-eyes.ts';

/** Paints the folds beside the mouth, bags under the eyes, crow's feet and the lines of forehead and neck. */
export function paintWrinkles(canvas: Canvas, face: FaceTraits): void {
  const { skin, relief } = face.colors;
  const { eyes, nose, mouth, wrinkles, lines, height } = face;
  const deep = shadowOf(skin, Math.min(1.9, 1.1 * relief));
  const line = (points: Point[], opacity: number, width = 0.035) =>
    canvas.stroke(curve(points), { color: deep, width, opacity, taper: true, softness: 0.7 });
  for (const [index, rise] of [0.5, 0.62, 0.74].entries()) {
    line(arc([0.03 * (index - 1), eyes.y - rise], 0.5 - 0.05 * index, -0.05), 0.6 * wrinkles);
  }
  for (const side of [-1, 1] as const) {
    const at = (x: number, y: number): Point => [side * x, y];
    const fold = [
      at(nose.halfWidth + 0.03, nose.y - 0.1),
      at(nose.halfWidth + 0.13, nose.y + 0.06),
      at(mouth.halfWidth + 0.1, mouth.y - 0.06),
    ];
    line(fold, 0.25 * lines + 0.5 * wrinkles, 0.05);
    const chin = [
      at(mouth.halfWidth + 0.03, mouth.y + 0.04),
      at(mouth.halfWidth + 0.06, mouth.y + 0.24),
    ];
    line(chin, 0.5 * wrinkles);
    line([at(0.05, eyes.y - 0.28), at(0.06, eyes.y - 0.16)], 0.45 * wrinkles);
    paintEyeLines(canvas, face, side, line);
  }
  canvas.glow([0, height * 0.99], [0.5, 0.16], shadowOf(skin), 0.3 * wrinkles);
}

function paintEyeLines(
  canvas: Canvas,
  face: FaceTraits,
  side: -1 | 1,
  line: (points: Point[], opacity: number, width?: number) => void,
): void {
  const { colors, wrinkles, lines, sagging } = face;
  const at = atEye(face, side);
  const [x, y] = at(0, 1.15);
  canvas.glow([x, y], [0.28, 0.13], shadowOf(colors.skin), 0.15 + 0.35 * sagging);
  line([at(-0.95, 0.75), at(-0.2, 1.4), at(0.6, 1.2)], 0.25 * lines + 0.45 * wrinkles);
  for (const slope of [-0.5, 0.15, 0.8]) {
    line(
      [at(1.15, 0.25 * slope), at(1.65, 0.8 * slope), at(1.95, 1.2 * slope)],
      0.6 * wrinkles,
      0.025,
    );
  }
}

export function paintSpots(canvas: Canvas, face: FaceTraits): void {
  const { height, colors, spotOpacity } = face;
  if (spotOpacity === 0) return;
  for (const { at, radius } of face.spots) {
    const center: Point = [at[0], at[1] * height];
    canvas.ellipse(center, [radius, radius * 0.85], shadowOf(colors.skin, 0.8), spotOpacity);
  }
}
