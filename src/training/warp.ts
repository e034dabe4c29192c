/** A square picture of side × side values, row by row. */
export interface Square<Values> {
  values: Values;
  side: number;
}

/** The source pixel of target pixel (x, y): (xx·x + xy·y + dx, yx·x + yy·y + dy). */
export interface Affine {
  xx: number;
  xy: number;
  yx: number;
  yy: number;
  dx: number;
  dy: number;
}

/** Bilinear; outside the photo its edge pixels are repeated. */
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
