import { mulberry32, uniform } from '../common/random.ts';
import type { Canvas } from './canvas.ts';
import { blend, dimmed, lightOf } from './face-colors.ts';
import { mix, type FaceTraits, type HairTraits } from './face-traits.ts';
import { closedCurve, curve, symmetric, type Point } from './outline.ts';

/** Paints the hair behind head and neck. */
export function paintBackHair(canvas: Canvas, face: FaceTraits): void {
  const { hair } = face.colors;
  const { volume, length, amount, isLong } = face.hair;
  if (!isLong) return;
  const end = Math.max(0.25, length);
  const side = 1.04 + volume;
  const outline = symmetric([
    [0, -face.height - volume],
    [0.44, -(face.height + volume) * 0.95],
    [side * 0.83, -(face.height + volume) * 0.7],
    [side * 0.98, -face.height * 0.35],
    [side, 0.1],
    [side * 1.03, end * 0.6],
    [side * 0.95, end],
    [0.5, end + 0.08],
    [0, end],
  ]);
  canvas.fill(outline, dimmed(hair, 0.22), amount);
}

/** Paints the hair on top of the head, over forehead and temples. */
export function paintFrontHair(canvas: Canvas, face: FaceTraits): void {
  const { hair } = face.colors;
  const outline = closedCurve([...crown(face), ...hairline(face).reverse()]);
  const { amount } = face.hair;
  canvas.fill(outline, hair, amount);
  canvas.within(outline, () => {
    for (const side of [-1, 1]) {
      canvas.glow([side * 1.1, -0.2], [0.5, 0.9], dimmed(hair, 0.3), 0.6 * amount);
    }
    paintStrands(canvas, face);
    const shine: Point = [face.hair.part * 0.5, -face.height * 0.86];
    canvas.glow(shine, [0.75, 0.26], lightOf(hair, 0.5), 0.4 * amount);
  });
}

/** The outer edge of the hair from the left side over the top to the right side. */
function crown({ height, hair }: FaceTraits): Point[] {
  const { volume, recession, isLong } = hair;
  const side = 1.02 + volume * (isLong ? 1 : 0.45);
  const top = height + volume * (1 - 0.5 * recession);
  const end = isLong ? sideEnd(hair) : 0;
  return [
    [-side, end],
    [-side * 1.0, -0.35 * height],
    [-side * 0.82, -0.72 * top],
    [-0.44, -0.955 * top],
    [0, -1.02 * top],
    [0.44, -0.955 * top],
    [side * 0.82, -0.72 * top],
    [side * 1.0, -0.35 * height],
    [side, end],
  ];
}

/** The inner edge of the hair, from left to right. */
function hairline({ height, hair }: FaceTraits): Point[] {
  const { part, fringe, recession, isLong } = hair;
  const brow = mix(-0.66, -0.4, fringe);
  const front = mix(brow, -0.93, recession) * height;
  const temple = mix(mix(-0.56, -0.4, fringe), -0.8, recession) * height;
  const inner = isLong ? 0.86 : 0.95;
  const end = isLong ? sideEnd(hair) + 0.02 : 0.05;
  const left: Point[] = [
    [-0.98, end],
    [-inner, -0.22 * height],
    [mix(-0.78, -0.84, recession), mix(-0.42, -0.5, recession) * height],
    [-0.62, temple],
  ];
  const right = left.map(([x, y]): Point => [-x, y]).reverse();
  return [...left, [-0.22 + 0.3 * part, front - 0.02], [0.22 + 0.3 * part, front], ...right];
}

/** Where long hair in front of the ears ends. */
function sideEnd({ length }: HairTraits): number {
  return Math.min(0.62, length * 0.7);
}

/** Paints locks that run from the part to the sides. */
function paintStrands(canvas: Canvas, { height, colors, hair }: FaceTraits): void {
  const random = mulberry32(hair.strands);
  const top = height + hair.volume;
  for (let index = 0; index < 14; index++) {
    const side = index % 2 === 0 ? -1 : 1;
    const reach = uniform(random, 0.25, 1.1);
    const lock = curve([
      [hair.part + side * 0.05, -top * uniform(random, 0.92, 1.02)],
      [hair.part + side * reach * 0.6, -top * uniform(random, 0.78, 0.92)],
      [side * reach, -top * uniform(random, 0.3, 0.62)],
      [side * (reach + 0.06), top * uniform(random, -0.2, 0.1)],
    ]);
    const isDark = random() < 0.6;
    const color = isDark ? dimmed(colors.hair, 0.28) : lightOf(colors.hair, 0.22);
    const width = uniform(random, 0.02, 0.07);
    canvas.stroke(lock, {
      ...{ color: blend(color, colors.hair, 0.2), width, taper: true, softness: 0.6 },
      opacity: 0.5 * hair.amount,
    });
  }
}
