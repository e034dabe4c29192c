import { mulberry32 } from '../common/random.ts';
import type { Canvas } from './canvas.ts';
import { dimmed, lightOf, shadowOf } from './face-colors.ts';
import { mix, smoothStep, type FaceTraits } from './face-traits.ts';
import { closedCurve, flipped, symmetric, type Point } from './outline.ts';

/** The outline of head and face, without ears and hair. */
export function headOutline({ height, jaw, roundness, sagging }: FaceTraits): Point[] {
  const half: Point[] = [
    [0, -1],
    [0.5, -0.94],
    [0.87, -0.63],
    [0.99, -0.2],
    [mix(0.98, 1.0, roundness), 0.1],
    [mix(0.94, 1.0, roundness), 0.38],
    [mix(0.74, 0.84, Math.max(jaw, 0.7 * roundness)) + 0.04 * sagging, mix(0.7, 0.68, roundness)],
    [mix(0.37, 0.47, Math.max(jaw, 0.6 * roundness)), mix(0.935, 0.92, roundness)],
    [0, 1],
  ];
  return symmetric(half.map(([x, y]) => [x, y * height]));
}

/** Paints neck, shoulders and shirt. */
export function paintBody(canvas: Canvas, face: FaceTraits): void {
  const { skin } = face.colors;
  const { height, shoulders } = face;
  const neck = mix(0.42, 0.6, face.jaw) - 0.06 * face.roundness;
  const base = height + 0.28;
  const trunk = symmetric([
    [0, 0],
    [neck, 0.4],
    [neck, base - 0.1],
    [neck + 0.2, base + 0.08],
    [shoulders * 0.8, base + 0.3],
    [shoulders, base + 0.62],
    [shoulders * 1.08, base + 2],
    [0, base + 2.2],
  ]);
  canvas.fill(trunk, skin);
  canvas.within(trunk, () => {
    canvas.glow([0, height * 0.92], [0.95, 0.62], shadowOf(skin, 1.1), 0.95);
    for (const side of [-1, 1]) {
      canvas.glow([side * neck, height + 0.1], [0.22, 0.6], shadowOf(skin), 0.5);
    }
    paintShirt(canvas, face, { neck, base });
  });
}

/** @param neck half its width, and `base` the height of its lower end */
function paintShirt(
  canvas: Canvas,
  { colors: { shirt }, shoulders }: FaceTraits,
  { neck, base }: { neck: number; base: number },
): void {
  const low: Point = [0, base + 0.41];
  const middle: Point = [neck * 0.75, base + 0.26];
  const cloth = symmetric([
    low,
    middle,
    [neck + 0.13, base - 0.06],
    [neck + 0.4, base],
    [shoulders + 0.4, base + 0.2],
    [shoulders + 0.5, base + 3],
    [0, base + 3],
  ]);
  canvas.fill(cloth, shirt);
  const end: Point = [neck + 0.11, base - 0.04];
  const collar = [flipped(end), flipped(middle), low, middle, end];
  canvas.stroke(collar, { color: dimmed(shirt, 0.25), width: 0.09, softness: 0.3 });
  for (const side of [-1, 1]) {
    canvas.glow([side * shoulders * 1.05, base + 0.8], [0.5, 0.9], dimmed(shirt, 0.3), 0.7);
  }
}

/** Paints the ears, which long hair hides. */
export function paintEars(canvas: Canvas, face: FaceTraits): void {
  const { skin } = face.colors;
  const { y } = face.eyes;
  const long = 0.06 * face.sagging;
  const shown = face.hair.isLong ? 1 - smoothStep(0.35, 0.75, face.hair.length) : 1;
  if (shown === 0) return;
  for (const side of [-1, 1]) {
    const at = (x: number, dy: number): Point => [side * x, y + dy];
    const ear = closedCurve([
      at(0.9, -0.12),
      at(1.05, -0.2),
      at(1.17, -0.12),
      at(1.17, 0.1),
      at(1.09, 0.32),
      at(1.0, 0.47 + long),
      at(0.9, 0.4 + long),
    ]);
    canvas.fill(ear, shadowOf(skin, 0.18), shown);
    canvas.within(ear, () => {
      canvas.glow(at(1.03, 0.1), [0.11, 0.26], shadowOf(skin, 1.1), 0.75 * shown);
      canvas.glow(at(1.06, 0.34), [0.08, 0.1], lightOf(skin, 0.2), 0.5 * shown);
    });
  }
}

/** Paints the shadows and lights of the form of the head, and the texture of its skin. */
export function paintForm(canvas: Canvas, face: FaceTraits): void {
  const { skin, lips } = face.colors;
  const { height, eyes, nose, mouth, sagging, roundness } = face;
  const dark = shadowOf(skin);
  for (const side of [-1, 1]) {
    canvas.glow([side * 1.12, 0.1], [0.42, 1.5], dark, 0.5);
    canvas.glow([side * 0.86, height * 0.62], [0.4, 0.5], dark, 0.3 + 0.15 * sagging);
    const hollow: Point = [side * 0.7, nose.y + 0.12];
    canvas.glow(hollow, [0.26, 0.42], dark, (1 - roundness) * (0.12 + 0.3 * sagging));
    const cheek: Point = [side * 0.56, nose.y - 0.05];
    canvas.glow(cheek, [0.4, 0.34], lips, face.blush);
    canvas.glow([side * 0.52, eyes.y + 0.36], [0.3, 0.16], lightOf(skin), 0.4);
    canvas.glow([side * eyes.x, eyes.y - 0.06], [0.36, 0.3], dark, 0.3 + 0.2 * sagging);
  }
  canvas.glow([0, -height * 0.5], [0.7, 0.42], lightOf(skin), 0.35);
  canvas.glow([0, height * 1.04], [0.8, 0.26], dark, 0.5);
  canvas.glow([0, mouth.y + 0.2], [0.24, 0.09], dark, 0.55);
  canvas.glow([0, height * 0.88], [0.2, 0.12], lightOf(skin), 0.35);
  canvas.grain(0.035 * face.texture * face.colors.relief, 0.028, mulberry32(face.hair.strands));
}
