/** Red, green and blue from 0 to 255. */
export type Color = readonly [number, number, number];

/** A position in the unit square: x to the right, y down. */
export type Point = readonly [number, number];

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A square RGB picture painted with antialiased shapes. It uses plain arithmetic, so every machine draws the same. */
export class Canvas {
  readonly size: number;
  /** size × size × 3 values, row by row. */
  readonly rgb: Uint8ClampedArray<ArrayBuffer>;

  constructor(size: number, background: Color) {
    this.size = size;
    this.rgb = new Uint8ClampedArray(size * size * 3);
    for (let i = 0; i < this.rgb.length; i++) this.rgb[i] = background[i % 3]!;
  }

  /** Fills an ellipse; an `opacity` of 0 leaves the picture unchanged. */
  ellipse(center: Point, radii: Point, color: Color, opacity = 1): void {
    const [cx, cy] = center;
    const [rx, ry] = radii;
    const box = { left: cx - rx, right: cx + rx, top: cy - ry, bottom: cy + ry };
    this.#paint(box, color, opacity, (x, y) => {
      const reach = Math.hypot((x - cx) / rx, (y - cy) / ry);
      return (reach - 1) * Math.min(rx, ry);
    });
  }

  /** Draws a line through the points with round ends. */
  stroke(points: readonly Point[], width: number, color: Color, opacity = 1): void {
    const xs = points.map(([x]) => x);
    const ys = points.map(([, y]) => y);
    const half = width / 2;
    const box = {
      left: Math.min(...xs) - half,
      right: Math.max(...xs) + half,
      top: Math.min(...ys) - half,
      bottom: Math.max(...ys) + half,
    };
    this.#paint(box, color, opacity, (x, y) => distanceToPolyline([x, y], points) - half);
  }

  /** Multiplies each pixel by `gain(x, y)`. */
  light(gain: (x: number, y: number) => number): void {
    for (let row = 0, at = 0; row < this.size; row++) {
      for (let column = 0; column < this.size; column++) {
        const factor = gain((column + 0.5) / this.size, (row + 0.5) / this.size);
        for (let channel = 0; channel < 3; channel++, at++) this.rgb[at]! *= factor;
      }
    }
  }

  /** Blends `color` into the shape, inside which `distance` is negative, with a soft edge of one pixel. */
  #paint(
    box: Box,
    color: Color,
    opacity: number,
    distance: (x: number, y: number) => number,
  ): void {
    const { size } = this;
    const clip = (value: number) => Math.max(0, Math.min(size, value));
    const right = clip(Math.ceil(box.right * size + 1));
    const bottom = clip(Math.ceil(box.bottom * size + 1));
    for (let row = clip(Math.floor(box.top * size - 1)); row < bottom; row++) {
      for (let column = clip(Math.floor(box.left * size - 1)); column < right; column++) {
        const outside = distance((column + 0.5) / size, (row + 0.5) / size) * size;
        const coverage = Math.max(0, Math.min(1, 0.5 - outside)) * opacity;
        if (coverage > 0) this.#blend((row * size + column) * 3, color, coverage);
      }
    }
  }

  #blend(at: number, color: Color, coverage: number): void {
    for (let channel = 0; channel < 3; channel++) {
      const below = this.rgb[at + channel]!;
      this.rgb[at + channel] = below + (color[channel]! - below) * coverage;
    }
  }
}

function distanceToPolyline(point: Point, points: readonly Point[]): number {
  let nearest = Infinity;
  for (let i = 1; i < points.length; i++) {
    nearest = Math.min(nearest, distanceToSegment(point, points[i - 1]!, points[i]!));
  }
  return nearest;
}

function distanceToSegment([px, py]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const dx = bx - ax;
  const dy = by - ay;
  const along = ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}
