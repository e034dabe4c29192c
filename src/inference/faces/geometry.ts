/** A point in a picture, in pixels from its top left corner; the center of the first pixel is (0.5, 0.5). */
export interface Point {
  x: number;
  y: number;
}

/** An upright rectangle by its top left corner. */
export interface Box extends Point {
  width: number;
  height: number;
}

/**
 * A similarity transform: turn, scale and shift. It maps (x, y) to (a·x − b·y + shiftX, b·x + a·y + shiftY).
 */
export interface Similarity {
  a: number;
  b: number;
  shiftX: number;
  shiftY: number;
}

export function applySimilarity({ a, b, shiftX, shiftY }: Similarity, { x, y }: Point): Point {
  return { x: a * x - b * y + shiftX, y: b * x + a * y + shiftY };
}

/** Pixels of the target per pixel of the source. */
export function scaleOf({ a, b }: Similarity): number {
  return Math.hypot(a, b);
}

export function invertSimilarity({ a, b, shiftX, shiftY }: Similarity): Similarity {
  const square = a * a + b * b;
  return {
    a: a / square,
    b: -b / square,
    shiftX: -(a * shiftX + b * shiftY) / square,
    shiftY: (b * shiftX - a * shiftY) / square,
  };
}

/**
 * The similarity that maps points to others with the least sum of squared distances (Umeyama 1991, without reflections).
 * @param from at least two different points
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const fromCenter = centerOf(from);
  const toCenter = centerOf(to);
  let dot = 0;
  let cross = 0;
  let square = 0;
  for (const [index, point] of from.entries()) {
    const x = point.x - fromCenter.x;
    const y = point.y - fromCenter.y;
    const u = to[index]!.x - toCenter.x;
    const v = to[index]!.y - toCenter.y;
    dot += x * u + y * v;
    cross += x * v - y * u;
    square += x * x + y * y;
  }
  const a = dot / square;
  const b = cross / square;
  return {
    a,
    b,
    shiftX: toCenter.x - a * fromCenter.x + b * fromCenter.y,
    shiftY: toCenter.y - b * fromCenter.x - a * fromCenter.y,
  };
}

function centerOf(points: readonly Point[]): Point {
  let x = 0;
  let y = 0;
  for (const point of points) {
    x += point.x / points.length;
    y += point.y / points.length;
  }
  return { x, y };
}

/** Intersection over union of two boxes, from 0 to 1. */
export function overlap(one: Box, other: Box): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (one.width * one.height + other.width * other.height - shared);
}
