/** A position: x to the right, y down. */
export type Point = readonly [number, number];

/** Pieces of a smooth curve between two of its points. */
const PIECES = 5;

/** A smooth open curve through the points (Catmull–Rom). */
export function curve(points: readonly Point[]): Point[] {
  const at = (index: number) => points[Math.max(0, Math.min(points.length - 1, index))]!;
  const pieces = points
    .slice(1)
    .flatMap((_, index) => piece(at(index - 1), at(index), at(index + 1), at(index + 2)));
  return [points[0]!, ...pieces];
}

/** A smooth closed curve through the points. */
export function closedCurve(points: readonly Point[]): Point[] {
  const at = (index: number) => points[(index + points.length) % points.length]!;
  return points.flatMap((_, index) =>
    piece(at(index - 1), at(index), at(index + 1), at(index + 2)),
  );
}

/** A smooth closed outline whose right half is given from its top to its bottom, both on the axis. */
export function symmetric(half: readonly Point[]): Point[] {
  const left = half.slice(1, -1).reverse().map(flipped);
  return closedCurve([...half, ...left]);
}

/** Mirrors a point at the vertical axis. */
export function flipped([x, y]: Point): Point {
  return [-x, y];
}

/** A shallow curve whose middle lies below its ends by `bend`. */
export function arc([x, y]: Point, halfWidth: number, bend: number): Point[] {
  return [-1, -0.5, 0, 0.5, 1].map((t) => [x + t * halfWidth, y + bend * (1 - t * t)]);
}

/** The points of a unit circle at rational parameters: ((1 − t²) / (1 + t²), 2t / (1 + t²)). */
const CIRCLE = unitCircle(12);

export function ellipseOutline([x, y]: Point, [rx, ry]: Point): Point[] {
  return CIRCLE.map(([u, v]) => [x + u * rx, y + v * ry]);
}

/** @param steps from −1 to 0, and from 0 to 1, on each half */
function unitCircle(steps: number): Point[] {
  const right = Array.from({ length: 2 * steps }, (_, index): Point => {
    const t = index / steps - 1;
    return [(1 - t * t) / (1 + t * t), (2 * t) / (1 + t * t)];
  });
  return [...right, ...right.map(([x, y]): Point => [-x, -y])];
}

/** The part of a Catmull–Rom curve from `one` to `two`, without its start. */
function piece(before: Point, one: Point, two: Point, after: Point): Point[] {
  return Array.from({ length: PIECES }, (_, index): Point => {
    const t = (index + 1) / PIECES;
    const along = (axis: 0 | 1) => cubic(before[axis], one[axis], two[axis], after[axis], t);
    return [along(0), along(1)];
  });
}

function cubic(p: number, q: number, r: number, s: number, t: number): number {
  return q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * q - p - 3 * r + s)));
}
