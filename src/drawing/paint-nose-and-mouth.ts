import type { Canvas } from './canvas.ts';
import { blend, lightOf, shadowOf } from './face-colors.ts';
import type { FaceTraits } from './face-traits.ts';
import { closedCurve, curve, type Point } from './outline.ts';

/** Paints the nose by its shadows and lights. */
export function paintNose(canvas: Canvas, face: FaceTraits): void {
  const { skin } = face.colors;
  const { y, halfWidth: width, depth } = face.nose;
  const dark = shadowOf(skin);
  const deep = shadowOf(skin, 1.5);
  const top = face.eyes.y;
  for (const side of [-1, 1]) {
    const at = (u: number, v: number): Point => [side * u * width, v];
    canvas.glow(at(1.0, top - 0.04), [0.13, 0.26], dark, 0.4 * depth);
    canvas.glow(at(1.0, (top + y) / 2), [width * 0.7, 0.34], dark, 0.3 * depth);
    canvas.glow(at(0.95, y - 0.06), [width * 0.55, 0.12], dark, 0.45);
    const wing = curve([
      at(0.8, y - 0.16),
      at(1.08, y - 0.08),
      at(1.0, y + 0.02),
      at(0.72, y + 0.03),
    ]);
    canvas.stroke(wing, { color: deep, width: 0.04, opacity: 0.6, taper: true, softness: 0.5 });
    const nostril = curve([at(0.28, y + 0.035), at(0.5, y + 0.01), at(0.72, y + 0.03)]);
    canvas.stroke(nostril, {
      color: shadowOf(skin, 1.8),
      width: 0.055,
      opacity: 0.85,
      softness: 0.4,
    });
  }
  canvas.glow([0, y + 0.07], [width * 1.2, 0.1], dark, 0.6);
  canvas.glow(
    [0, (top + y) / 2 - 0.05],
    [width * 0.42, (y - top) * 0.6],
    lightOf(skin),
    0.45 * depth,
  );
  canvas.glow([0, y - 0.09], [width * 0.5, 0.1], lightOf(skin, 0.7), 0.5);
}

/** Paints a closed mouth. */
export function paintMouth(canvas: Canvas, face: FaceTraits): void {
  const { skin, lips } = face.colors;
  const { y, halfWidth: width, fullness, smile } = face.mouth;
  const bend = 0.07 * smile;
  const at = (u: number, v: number): Point => [u * width, y + v];
  /** The line between the lips, and what lies above and below it. */
  const line = (u: number, v = 0): Point => at(u, bend * (1 - 2 * u * u) * 0.8 + v * fullness);
  const seam = [line(-1), line(-0.5), line(0, 0.015), line(0.5), line(1)];
  const upper = [
    line(0.55, -0.075),
    line(0.18, -0.115),
    line(0, -0.09),
    line(-0.18, -0.115),
    line(-0.55, -0.075),
  ];
  const lower = [line(0.6, 0.085), line(0.25, 0.14), line(-0.25, 0.14), line(-0.6, 0.085)];
  canvas.glow(at(0, 0.02), [width * 1.25, 0.24], shadowOf(skin, 0.8), 0.25);
  canvas.fill(closedCurve([...seam, ...upper]), blend(lips, shadowOf(lips), 0.45));
  canvas.fill(closedCurve([...seam, ...lower]), lips);
  canvas.glow(line(0, 0.075), [width * 0.5, 0.05], lightOf(lips, 0.6), 0.55);
  const dark = shadowOf(lips, 1.5);
  canvas.stroke(curve(seam), { color: dark, width: 0.04, taper: true, softness: 0.3 });
  for (const side of [-1, 1])
    canvas.glow(line(side * 1.03), [0.07, 0.07], shadowOf(skin, 1.2), 0.6);
}
