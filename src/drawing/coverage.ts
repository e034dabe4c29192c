import type { Point } from './outline.ts';

/** Lines per pixel row on which an outline is cut; along a line, coverage is exact. */
const CUTS = 4;

/** An ellipse in pixels, by its axes: `u` and `v` are 1 at its edge. */
export interface EllipseFrame {
  center: Point;
  /** The change of u per pixel to the right and down, and that of v. */
  u: Point;
  v: Point;
}

export interface LineShape {
  /** In pixels. */
  halfWidth: number;
  /** The width over which the edges fade, at least one pixel. */
  fade: number;
  /** Whether the ends are thinner than the middle. */
  taper: boolean;
}

/** Whole pixels; right and bottom are excluded. */
interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * How much of each pixel of a square picture one shape covers. Invariant: `shares` is 0 outside the box, and everywhere
 * after `clear`.
 */
export class Coverage implements Box {
  readonly size: number;
  /** size × size values from 0 to 1, row by row. */
  readonly shares: Float32Array;
  left = 0;
  right = 0;
  top = 0;
  bottom = 0;

  constructor(size: number) {
    this.size = size;
    this.shares = new Float32Array(size * size);
  }

  /** Covers what lies within a closed outline, given in pixels, by the even-odd rule. */
  outline(points: readonly Point[]): void {
    const xs = Float64Array.from(points, ([x]) => x);
    const ys = Float64Array.from(points, ([, y]) => y);
    this.#limit(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
    const crossings: number[] = [];
    for (let cut = this.top * CUTS; cut < this.bottom * CUTS; cut++) {
      const y = (cut + 0.5) / CUTS;
      findCrossings(xs, ys, y, crossings);
      const start = Math.floor(cut / CUTS) * this.size;
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        this.#addSpan(start, Math.max(0, crossings[i]!), Math.min(this.size, crossings[i + 1]!));
      }
    }
  }

  /** Covers an ellipse that fades from its center to its edge. */
  glow({ center, u, v }: EllipseFrame, reach: number): void {
    const [x, y] = center;
    this.#limit(x - reach, y - reach, x + reach, y + reach);
    const [ux, uy, vx, vy] = [u[0], u[1], v[0], v[1]];
    for (let row = this.top; row < this.bottom; row++) {
      const dy = row + 0.5 - y;
      for (let column = this.left; column < this.right; column++) {
        const dx = column + 0.5 - x;
        const along = dx * ux + dy * uy;
        const across = dx * vx + dy * vy;
        const rest = 1 - along * along - across * across;
        if (rest > 0) this.shares[row * this.size + column] = rest * rest;
      }
    }
  }

  /** Covers a line through the points, which are in pixels, with round ends. */
  line(points: readonly Point[], { halfWidth, fade, taper }: LineShape): void {
    const reach = halfWidth + fade / 2;
    const whole = { left: this.size, top: this.size, right: 0, bottom: 0 };
    for (let i = 1; i < points.length; i++) {
      const [from, to] = [points[i - 1]!, points[i]!];
      this.#limit(
        Math.min(from[0], to[0]) - reach,
        Math.min(from[1], to[1]) - reach,
        Math.max(from[0], to[0]) + reach,
        Math.max(from[1], to[1]) + reach,
      );
      const place = (i - 0.5) / (points.length - 1);
      const half = taper ? halfWidth * (1 - (2 * place - 1) ** 4) : halfWidth;
      this.#segment(from, to, half, fade);
      whole.left = Math.min(whole.left, this.left);
      whole.top = Math.min(whole.top, this.top);
      whole.right = Math.max(whole.right, this.right);
      whole.bottom = Math.max(whole.bottom, this.bottom);
    }
    Object.assign(this, whole);
  }

  /** Multiplies the shares by those of another shape. */
  limitTo(other: Coverage): void {
    const { size, shares } = this;
    for (let row = this.top; row < this.bottom; row++) {
      for (let at = row * size + this.left; at < row * size + this.right; at++) {
        shares[at]! *= other.shares[at]!;
      }
    }
  }

  /** The part of the box that lies in that of another shape as well. */
  boxWithin(other: Box = this): Box {
    return {
      left: Math.max(this.left, other.left),
      top: Math.max(this.top, other.top),
      right: Math.min(this.right, other.right),
      bottom: Math.min(this.bottom, other.bottom),
    };
  }

  clear(): void {
    for (let row = this.top; row < this.bottom; row++) {
      this.shares.fill(0, row * this.size + this.left, row * this.size + this.right);
    }
  }

  /** Covers a part of a line within the box. */
  #segment(from: Point, to: Point, half: number, fade: number): void {
    const [ax, ay] = [from[0], from[1]];
    const [dx, dy] = [to[0] - ax, to[1] - ay];
    const square = dx * dx + dy * dy || 1;
    for (let row = this.top; row < this.bottom; row++) {
      const py = row + 0.5 - ay;
      for (let column = this.left; column < this.right; column++) {
        const px = column + 0.5 - ax;
        const t = Math.max(0, Math.min(1, (px * dx + py * dy) / square));
        const offX = px - t * dx;
        const offY = py - t * dy;
        const distance = Math.sqrt(offX * offX + offY * offY);
        const share = Math.min(1, (half - distance) / fade + 0.5);
        const at = row * this.size + column;
        if (share > this.shares[at]!) this.shares[at] = share;
      }
    }
  }

  /** Adds the part of each pixel of a row that one cut from `left` to `right` covers. */
  #addSpan(start: number, left: number, right: number): void {
    if (right <= left) return;
    const { shares } = this;
    const first = Math.floor(left);
    const last = Math.ceil(right) - 1;
    if (first === last) {
      shares[start + first]! += (right - left) / CUTS;
      return;
    }
    shares[start + first]! += (first + 1 - left) / CUTS;
    for (let column = first + 1; column < last; column++) shares[start + column]! += 1 / CUTS;
    shares[start + last]! += (right - last) / CUTS;
  }

  /** Sets the box to the pixels that a rectangle touches. */
  #limit(left: number, top: number, right: number, bottom: number): void {
    this.left = Math.max(0, Math.min(this.size, Math.floor(left)));
    this.top = Math.max(0, Math.min(this.size, Math.floor(top)));
    this.right = Math.max(0, Math.min(this.size, Math.ceil(right)));
    this.bottom = Math.max(0, Math.min(this.size, Math.ceil(bottom)));
  }
}

/** Sets `crossings` to where a horizontal line crosses the outline, from left to right. */
function findCrossings(xs: Float64Array, ys: Float64Array, y: number, crossings: number[]): void {
  crossings.length = 0;
  let before = xs.length - 1;
  for (let index = 0; index < xs.length; index++) {
    const [y0, y1] = [ys[before]!, ys[index]!];
    if (y0 <= y !== y1 <= y) {
      const x0 = xs[before]!;
      crossings.push(x0 + ((y - y0) / (y1 - y0)) * (xs[index]! - x0));
    }
    before = index;
  }
  if (crossings.length > 2) crossings.sort((one, other) => one - other);
  else if (crossings[0]! > crossings[1]!) crossings.reverse();
}
