/** A square image of side × side values in row-major order. */
export interface Square<Values> {
  values: Values;
  side: number;
}

/** Maps target pixel (x, y) to the source position (xx·x + xy·y + dx, yx·x + yy·y + dy). */
export interface Affine {
  xx: number;
  xy: number;
  yx: number;
  yy: number;
  dx: number;
  dy: number;
}

/** Warps an image with bilinear interpolation; outside the source, its edge pixels are repeated. */
export function warp(
  { values: source, side }: Square<Uint8Array>,
  { values: target, side: targetSide }: Square<Float32Array>,
  affine: Affine,
): void {
  const last = side - 1.001;
  for (let y = 0; y < targetSide; y++) {
    let sourceX = affine.xy * y + affine.dx;
    let sourceY = affine.yy * y + affine.dy;
    for (let x = 0; x < targetSide; x++) {
      const clampedX = sourceX < 0 ? 0 : sourceX > last ? last : sourceX;
      const clampedY = sourceY < 0 ? 0 : sourceY > last ? last : sourceY;
      const left = clampedX | 0;
      const top = clampedY | 0;
      const fractionX = clampedX - left;
      const at = top * side + left;
      const upper = source[at]! + (source[at + 1]! - source[at]!) * fractionX;
      const lower = source[at + side]! + (source[at + side + 1]! - source[at + side]!) * fractionX;
      target[y * targetSide + x] = upper + (lower - upper) * (clampedY - top);
      sourceX += affine.xx;
      sourceY += affine.yx;
    }
  }
}

/** What a copy shows of a picture, relative to the network's input in the middle of it. */
export interface Placement {
  /** In radians. */
  angle: number;
  /** The copy shows 1 / scale of the input's side, so that a larger scale shows a larger face. */
  scale: number;
  shear: number;
  mirrored: boolean;
  /** Shares of the input's side. */
  shiftX: number;
  shiftY: number;
}

/** The map from the pixels of a copy to those of the picture, which turns around the middle of both. */
export function affineOf(
  { angle, scale, shear, mirrored, shiftX, shiftY }: Placement,
  { side, inputSide }: { side: number; inputSide: number },
  targetSide: number,
): Affine {
  const ratio = inputSide / targetSide;
  const mirror = mirrored ? -1 : 1;
  const cos = (Math.cos(angle) * ratio) / scale;
  const sin = (Math.sin(angle) * ratio) / scale;
  const [xx, xy, yx, yy] = [mirror * cos, shear * ratio - sin, mirror * sin, cos];
  const [from, to] = [(side - 1) / 2, (targetSide - 1) / 2];
  const dx = from + shiftX * inputSide - (xx + xy) * to;
  const dy = from + shiftY * inputSide - (yx + yy) * to;
  return { xx, xy, yx, yy, dx, dy };
}
