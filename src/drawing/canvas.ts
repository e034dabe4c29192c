import type { Random } from '../common/random.ts';
import { Coverage } from './coverage.ts';
import { ellipseOutline, type Point } from './outline.ts';

/** Red, green and blue from 0 to 255. */
export type Color = readonly [number, number, number];

export interface Brush {
  color: Color;
  width: number;
  /** 1 by default. */
  opacity?: number;
  /** The share of the width over which the edges fade, from 0 to 1; 0 by default. */
  softness?: number;
  /** Whether the ends are thinner than the middle. */
  taper?: boolean;
}

/**
 * A square RGB picture painted with antialiased shapes. It uses plain arithmetic, so every machine draws the same.
 * Coordinates are shares of the picture until `place` sets another frame.
 */
export class Canvas {
  readonly size: number;
  /** size × size × 3 values, row by row. */
  readonly rgb: Uint8ClampedArray<ArrayBuffer>;
  /** The frame in pixels: its origin, and its x axis, whose length is one unit. */
  #frame: { origin: Point; axis: Point };
  /** The shape that is being painted. */
  readonly #shape: Coverage;
  /** What each pixel receives of a shape, for each nested `within`; those beyond `#depth` are empty. */
  readonly #masks: Coverage[] = [];
  #depth = 0;

  constructor(size: number, background: Color) {
    this.size = size;
    this.rgb = new Uint8ClampedArray(size * size * 3);
    for (let i = 0; i < this.rgb.length; i++) this.rgb[i] = background[i % 3]!;
    this.#frame = { origin: [0, 0], axis: [size, 0] };
    this.#shape = new Coverage(size);
  }

  /**
   * Measures later coordinates in another frame.
   * @param origin and `unit` are in shares of the picture
   * @param slope of the x axis: a small clockwise turn in radians
   */
  place(origin: Point, unit: number, slope = 0): void {
    const along = (unit * this.size) / Math.sqrt(1 + slope * slope);
    this.#frame = {
      origin: [origin[0] * this.size, origin[1] * this.size],
      axis: [along, along * slope],
    };
  }

  /** Fills a closed outline, which must not cross itself. */
  fill(outline: readonly Point[], color: Color, opacity = 1): void {
    if (opacity <= 0) return;
    this.#shape.outline(this.#toPixels(outline));
    this.#blend(color, opacity);
  }

  /** Fills an ellipse; an `opacity` of 0 leaves the picture unchanged. */
  ellipse(center: Point, radii: Point, color: Color, opacity = 1): void {
    this.fill(ellipseOutline(center, radii), color, opacity);
  }

  /** Blends an ellipse that fades from `opacity` in its center to nothing at its edge. */
  glow(center: Point, [rx, ry]: Point, color: Color, opacity: number): void {
    if (opacity <= 0) return;
    const [x, y] = this.#frame.axis;
    const square = x * x + y * y;
    const [at] = this.#toPixels([center]) as [Point];
    const u: Point = [x / square / rx, y / square / rx];
    const v: Point = [-y / square / ry, x / square / ry];
    this.#shape.glow({ center: at, u, v }, Math.max(rx, ry) * Math.sqrt(square));
    this.#blend(color, opacity);
  }

  /** Draws a line through the points with round ends. */
  stroke(points: readonly Point[], brush: Brush): void {
    const { color, width, opacity = 1, softness = 0, taper = false } = brush;
    if (opacity <= 0) return;
    const [x, y] = this.#frame.axis;
    const pixels = width * Math.sqrt(x * x + y * y);
    const shape = { halfWidth: pixels / 2, fade: Math.max(1, pixels * softness), taper };
    this.#shape.line(this.#toPixels(points), shape);
    this.#blend(color, opacity);
  }

  /** Runs `paint`, of which only what lies within the outline shows. Calls may nest. */
  within(outline: readonly Point[], paint: () => void): void {
    const outer = this.#mask;
    const mask = (this.#masks[this.#depth] ??= new Coverage(this.size));
    mask.outline(this.#toPixels(outline));
    if (outer !== undefined) mask.limitTo(outer);
    this.#depth += 1;
    paint();
    this.#depth -= 1;
    mask.clear();
  }

  /**
   * Roughens what lies within the outline of the call of `within`.
   * @param amount the largest change, as a share of a pixel's level
   * @param cell the side of a grain, in the frame's units
   */
  grain(amount: number, cell: number, random: Random): void {
    const mask = this.#mask;
    if (amount <= 0 || mask === undefined) return;
    const [x, y] = this.#frame.axis;
    const side = Math.max(1, cell * Math.sqrt(x * x + y * y));
    const noise = new ValueNoise(Math.ceil(this.size / side) + 2, random);
    for (let row = mask.top; row < mask.bottom; row++) {
      for (let column = mask.left; column < mask.right; column++) {
        const at = row * this.size + column;
        if (mask.shares[at] === 0) continue;
        const factor = 1 + amount * mask.shares[at]! * noise.at(column / side, row / side);
        for (let index = 3 * at; index < 3 * at + 3; index++) this.rgb[index]! *= factor;
      }
    }
  }

  /** Multiplies each pixel by `gain(x, y)`, whose coordinates are shares of the picture. */
  light(gain: (x: number, y: number) => number): void {
    for (let row = 0, at = 0; row < this.size; row++) {
      for (let column = 0; column < this.size; column++) {
        const factor = gain((column + 0.5) / this.size, (row + 0.5) / this.size);
        for (let channel = 0; channel < 3; channel++, at++) this.rgb[at]! *= factor;
      }
    }
  }

  get #mask(): Coverage | undefined {
    return this.#masks[this.#depth - 1];
  }

  #toPixels(points: readonly Point[]): Point[] {
    const { origin, axis } = this.#frame;
    return points.map(([x, y]) => [
      origin[0] + x * axis[0] - y * axis[1],
      origin[1] + x * axis[1] + y * axis[0],
    ]);
  }

  /** Blends the color into the pixels of the shape, and clears the shape. */
  #blend([red, green, blue]: Color, opacity: number): void {
    const { rgb, size } = this;
    const { shares } = this.#shape;
    const mask = this.#mask;
    const { left, right, top, bottom } = this.#shape.boxWithin(mask);
    for (let row = top; row < bottom; row++) {
      for (let at = row * size + left; at < row * size + right; at++) {
        const share = shares[at]! * opacity * (mask === undefined ? 1 : mask.shares[at]!);
        if (share === 0) continue;
        const index = 3 * at;
        rgb[index]! += (red - rgb[index]!) * share;
        rgb[index + 1]! += (green - rgb[index + 1]!) * share;
        rgb[index + 2]! += (blue - rgb[index + 2]!) * share;
      }
    }
    this.#shape.clear();
  }
}

/** Random values from −1 to 1 on a square lattice, interpolated linearly in between. */
class ValueNoise {
  readonly #side: number;
  readonly #values: Float32Array;

  /** @param side points of the lattice on each axis */
  constructor(side: number, random: Random) {
    this.#side = side;
    this.#values = Float32Array.from({ length: side * side }, () => 2 * random() - 1);
  }

  /** @param x and `y` from 0 to side − 2, in cells of the lattice */
  at(x: number, y: number): number {
    const column = Math.floor(x);
    const row = Math.floor(y);
    const [u, v] = [x - column, y - row];
    const at = row * this.#side + column;
    const values = this.#values;
    const above = values[at]! + (values[at + 1]! - values[at]!) * u;
    const next = at + this.#side;
    const below = values[next]! + (values[next + 1]! - values[next]!) * u;
    return above + (below - above) * v;
  }
}
