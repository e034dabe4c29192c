import { invertSimilarity, scaleOf, type Similarity } from './geometry.ts';

/** Gray levels, row by row. */
export interface Gray {
  width: number;
  height: number;
  gray: Uint8Array;
}

/** What lies outside a picture: one gray level, or the picture mirrored at its edges. */
export type Outside = { level: number } | 'mirrored';

/**
 * A picture with halves of itself: each level has half the width and height of the one before, averaged over 2×2 pixels.
 * Levels are made when they are first needed.
 */
export class Pyramid {
  readonly #levels: Gray[];

  constructor(picture: Gray) {
    this.#levels = [picture];
  }

  get base(): Gray {
    return this.#levels[0]!;
  }

  /** The level whose pixels are the largest that are not larger than `pixels` pixels of the picture. */
  levelFor(pixels: number): { picture: Gray; scale: number } {
    let level = 0;
    while (pixels >= 2 << level && this.#has(level + 1)) level += 1;
    return { picture: this.#levels[level]!, scale: 1 << level };
  }

  #has(level: number): boolean {
    const known = this.#levels[level];
    if (known !== undefined) return true;
    const half = halve(this.#levels[level - 1]!);
    if (half === undefined) return false;
    this.#levels.push(half);
    return true;
  }
}

const MIN_SIDE = 8;

function halve({ width, height, gray }: Gray): Gray | undefined {
  const half = { width: width >> 1, height: height >> 1 };
  if (Math.min(half.width, half.height) < MIN_SIDE) return undefined;
  const target = new Uint8Array(half.width * half.height);
  for (let y = 0, at = 0; y < half.height; y += 1) {
    let from = 2 * y * width;
    for (let x = 0; x < half.width; x += 1, at += 1, from += 2) {
      target[at] =
        (gray[from]! + gray[from + 1]! + gray[from + width]! + gray[from + width + 1]! + 2) >> 2;
    }
  }
  return { ...half, gray: target };
}

/**
 * Samples a square of a picture through a similarity, antialiased: each pixel of the target is the mean of 2×2 bilinear
 * samples of the pyramid's level that is at most twice as fine.
 * @param toTarget maps the picture to the target
 * @returns side × side gray levels
 */
export function sampleSquare(
  pyramid: Pyramid,
  toTarget: Similarity,
  side: number,
  outside: Outside,
): Uint8Array<ArrayBuffer> {
  const toPicture = invertSimilarity(toTarget);
  const pixels = scaleOf(toPicture);
  const { picture, scale } = pyramid.levelFor(pixels);
  const samples = pixels / scale > 1.2 ? 2 : 1;
  return sampleLevel(picture, scaled(toPicture, 1 / scale), { side, samples, outside });
}

function scaled({ a, b, shiftX, shiftY }: Similarity, by: number): Similarity {
  return { a: a * by, b: b * by, shiftX: shiftX * by, shiftY: shiftY * by };
}

interface SampleOptions {
  side: number;
  /** Along each axis of a pixel. */
  samples: number;
  outside: Outside;
}

function sampleLevel(
  picture: Gray,
  { a, b, shiftX, shiftY }: Similarity,
  { side, samples, outside }: SampleOptions,
): Uint8Array<ArrayBuffer> {
  const target = new Uint8Array(side * side);
  const { width, height, gray } = picture;
  const step = 1 / samples;
  const count = samples * samples;
  const read =
    outside === 'mirrored' ? mirroredReader(picture) : levelReader(picture, outside.level);
  for (let y = 0, at = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1, at += 1) {
      let sum = 0;
      for (let sample = 0; sample < count; sample += 1) {
        const u = x + ((sample % samples) + 0.5) * step;
        const v = y + (Math.floor(sample / samples) + 0.5) * step;
        const px = a * u - b * v + shiftX - 0.5;
        const py = b * u + a * v + shiftY - 0.5;
        const left = Math.floor(px);
        const top = Math.floor(py);
        const dx = px - left;
        const dy = py - top;
        if (left >= 0 && top >= 0 && left + 1 < width && top + 1 < height) {
          const from = top * width + left;
          const upper = gray[from]! + (gray[from + 1]! - gray[from]!) * dx;
          const lower = gray[from + width]! + (gray[from + width + 1]! - gray[from + width]!) * dx;
          sum += upper + (lower - upper) * dy;
        } else {
          const upper = read(left, top) * (1 - dx) + read(left + 1, top) * dx;
          const lower = read(left, top + 1) * (1 - dx) + read(left + 1, top + 1) * dx;
          sum += upper + (lower - upper) * dy;
        }
      }
      target[at] = sum / count + 0.5;
    }
  }
  return target;
}

type ReadPixel = (x: number, y: number) => number;

function levelReader({ width, height, gray }: Gray, level: number): ReadPixel {
  return (x, y) => (x >= 0 && y >= 0 && x < width && y < height ? gray[y * width + x]! : level);
}

function mirroredReader({ width, height, gray }: Gray): ReadPixel {
  return (x, y) => gray[mirrored(y, height) * width + mirrored(x, width)]!;
}

/** …2 1 0 | 0 1 2… at both edges. */
function mirrored(at: number, size: number): number {
  const around = ((at % (2 * size)) + 2 * size) % (2 * size);
  return around < size ? around : 2 * size - 1 - around;
}
