import type { Canvas, Color } from './canvas.ts';
import { blend, lightOf, shadowOf } from './face-colors.ts';
import type { FaceTraits } from './face-traits.ts';
import { closedCurve, curve, type Point } from './outline.ts';

const WHITE: Color = [244, 240, 236];
const PUPIL: Color = [22, 16, 16];
const LASHES: Color = [46, 32, 28];

/** Paints an eye with its lids, and the brow above it. */
export function paintEye(canvas: Canvas, face: FaceTraits, side: -1 | 1): void {
  const { skin } = face.colors;
  const { halfWidth: width, openness, droop } = face.eyes;
  const at = atEye(face, side);
  const height = width * openness;
  const upper = [at(-1, 0.12), at(-0.55, -0.5), at(0, -0.86), at(0.55, -0.66), at(1, 0)];
  const lower = [at(0.62, 0.4), at(0.1, 0.62), at(-0.5, 0.5)];
  const opening = closedCurve([...upper, ...lower]);
  const [x, y] = at(0, 0);
  canvas.fill(opening, WHITE);
  canvas.within(opening, () => {
    paintIris(canvas, face, [x - side * 0.02 * width, y - 0.06 * height]);
    canvas.glow([x, y - height * 0.85], [width * 1.2, height * 0.9], [60, 50, 56], 0.6);
  });
  const lash = blend(LASHES, skin, 0.3 * face.roundness);
  canvas.stroke(curve(upper), { color: lash, width: 0.055, taper: true, softness: 0.2 });
  canvas.stroke(curve([upper[4]!, ...lower, upper[0]!]), {
    ...{ color: shadowOf(skin, 1.3), width: 0.03, opacity: 0.55, taper: true, softness: 0.4 },
  });
  const fold = [at(-0.9, -0.5), at(-0.3, -1.2), at(0.4, -1.2), at(1.1, -0.3 + 4 * droop)];
  canvas.stroke(curve(fold), {
    ...{ color: shadowOf(skin, 1.4), width: 0.035, opacity: 0.6, taper: true, softness: 0.5 },
  });
  paintBrow(canvas, face, side);
}

/** Points around an eye: `u` outward and `v` down, 1 at its corners and at the height of its lids. */
export function atEye(face: FaceTraits, side: -1 | 1): (u: number, v: number) => Point {
  const { x, y, halfWidth, openness, droop } = face.eyes;
  return (u, v) => [
    side * (x + u * halfWidth),
    y + v * halfWidth * openness + Math.max(0, u) * droop,
  ];
}

function paintIris(canvas: Canvas, face: FaceTraits, center: Point): void {
  const { iris } = face.colors;
  const { halfWidth, openness } = face.eyes;
  const radius = halfWidth * (0.36 + 0.24 * openness);
  const circle = (share: number): Point => [radius * share, radius * share];
  canvas.ellipse(center, circle(1), blend(iris, PUPIL, 0.55));
  canvas.ellipse(center, circle(0.84), iris);
  canvas.glow([center[0], center[1] + radius * 0.5], circle(0.8), lightOf(iris, 0.5), 0.6);
  canvas.ellipse(center, circle(0.45), PUPIL);
  const [x, y] = center;
  canvas.ellipse([x + radius * 0.3, y - radius * 0.32], circle(0.22), [255, 255, 255], 0.95);
}

function paintBrow(canvas: Canvas, face: FaceTraits, side: -1 | 1): void {
  const { rise, width, opacity } = face.brows;
  const { x, y, halfWidth, droop } = face.eyes;
  const line = y - rise;
  const at = (u: number, v: number): Point => [side * (x + u * halfWidth), line + v];
  const sag = 0.5 * droop;
  const ridge = [at(-1.05, 0.01), at(-0.4, -0.035), at(0.4, -0.05 + sag), at(1.25, 0.08 + sag)];
  const [inner, low, high, outer] = ridge as [Point, Point, Point, Point];
  const lift = ([px, py]: Point, by: number): Point => [px, py + by * width];
  const shape = closedCurve([
    lift(inner, 0.45),
    lift(inner, -0.5),
    lift(low, -0.55),
    lift(high, -0.45),
    outer,
    lift(high, 0.4),
    lift(low, 0.55),
  ]);
  canvas.fill(shape, face.colors.brows, 0.85 * opacity);
}
