import { uniform, type Random } from '../random.ts';

/** How far training photos are bent; angles in degrees, shifts and shear as fractions of the side. */
export interface AugmentOptions {
  maxRotationDegrees: number;
  minScale: number;
  maxScale: number;
  maxShift: number;
  maxShear: number;
  /** Contrast is multiplied by a factor within 1 ± this. */
  maxContrast: number;
  /** Brightness moves by at most this many grey levels. */
  maxBrightness: number;
  /** Share of the photos with a rectangle erased (Zhong et al., "Random Erasing", AAAI 2020). */
  eraseProbability: number;
}

interface Affine {
  xx: number;
  xy: number;
  yx: number;
  yy: number;
  dx: number;
  dy: number;
}

/**
 * Writes a randomly mirrored, bent, lit and partly erased copy of a photo.
 * @param source side × side grey levels
 * @param target side × side floats; receives grey levels in 0 … 255
 */
export function augment(
  source: Uint8Array,
  side: number,
  target: Float32Array,
  random: Random,
  options: AugmentOptions,
): void {
  warp(source, side, target, randomAffine(random, side, options));
  relight(target, random, options);
  if (random() < options.eraseProbability) erase(target, side, random);
}

/** Maps a target pixel to the source pixel it is taken from; half of them mirrored. */
function randomAffine(random: Random, side: number, options: AugmentOptions): Affine {
  const angle = (uniform(random, -1, 1) * options.maxRotationDegrees * Math.PI) / 180;
  const scale = 1 / uniform(random, options.minScale, options.maxScale);
  const shear = uniform(random, -1, 1) * options.maxShear;
  const mirror = random() < 0.5 ? -1 : 1;
  const cos = Math.cos(angle) * scale;
  const sin = Math.sin(angle) * scale;
  const [xx, xy, yx, yy] = [mirror * cos, shear - sin, mirror * sin, cos];
  const centre = (side - 1) / 2;
  const shift = () => uniform(random, -1, 1) * options.maxShift * side;
  const dx = centre + shift() - xx * centre - xy * centre;
  const dy = centre + shift() - yx * centre - yy * centre;
  return { xx, xy, yx, yy, dx, dy };
}

/** Bilinear; outside the photo its edge pixels are repeated. */
function warp(source: Uint8Array, side: number, target: Float32Array, affine: Affine): void {
  const last = side - 1.001;
  for (let y = 0; y < side; y++) {
    let sourceX = affine.xy * y + affine.dx;
    let sourceY = affine.yy * y + affine.dy;
    for (let x = 0; x < side; x++) {
      const clampedX = sourceX < 0 ? 0 : sourceX > last ? last : sourceX;
      const clampedY = sourceY < 0 ? 0 : sourceY > last ? last : sourceY;
      const left = clampedX | 0;
      const top = clampedY | 0;
      const fractionX = clampedX - left;
      const at = top * side + left;
      const upper = source[at]! + (source[at + 1]! - source[at]!) * fractionX;
      const lower = source[at + side]! + (source[at + side + 1]! - source[at + side]!) * fractionX;
      target[y * side + x] = upper + (lower - upper) * (clampedY - top);
      sourceX += affine.xx;
      sourceY += affine.yx;
    }
  }
}

function relight(target: Float32Array, random: Random, options: AugmentOptions): void {
  const contrast = 1 + uniform(random, -1, 1) * options.maxContrast;
  const offset = uniform(random, -1, 1) * options.maxBrightness + 128 * (1 - contrast);
  for (let index = 0; index < target.length; index++) {
    const value = target[index]! * contrast + offset;
    target[index] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
}

/** A rectangle of 2–20 % of the photo becomes one random grey. */
function erase(target: Float32Array, side: number, random: Random): void {
  const area = uniform(random, 0.02, 0.2) * side * side;
  const aspect = Math.exp(uniform(random, Math.log(0.4), Math.log(2.5)));
  const width = Math.min(side, Math.round(Math.sqrt(area * aspect)));
  const height = Math.min(side, Math.round(Math.sqrt(area / aspect)));
  const left = Math.floor(random() * (side - width + 1));
  const top = Math.floor(random() * (side - height + 1));
  const grey = random() * 255;
  for (let y = top; y < top + height; y++)
    target.fill(grey, y * side + left, y * side + left + width);
}
