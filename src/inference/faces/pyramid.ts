/** Gray levels, row by row. */
export interface Gray {
  width: number;
  height: number;
  gray: Uint8Array;
}

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

function halve(picture: Gray): Gray | undefined {
  const half = { width: picture.width >> 1, height: picture.height >> 1 };
  if (Math.min(half.width, half.height) < MIN_SIDE) return undefined;
  const isAligned = picture.width % 4 === 0 && picture.gray.byteOffset % 4 === 0;
  return { ...half, gray: isAligned ? halveWords(picture, half) : halveBytes(picture, half) };
}

/** The even bytes of a word. */
const EVEN_BYTES = 0x00ff00ff;

/** Reads four pixels at a time, whose sums fit into halves of a word; the order of bytes is that of all of Node's machines. */
function halveWords({ width, height, gray }: Gray, half: Omit<Gray, 'gray'>): Uint8Array {
  const words = new Uint32Array(gray.buffer, gray.byteOffset, (width * height) >> 2);
  const pairs = new Uint16Array((half.width * half.height) >> 1);
  const stride = width >> 2;
  for (let y = 0, at = 0; y < half.height; y += 1) {
    const end = (2 * y + 1) * stride;
    for (let from = end - stride; from < end; from += 1, at += 1) {
      const upper = words[from]!;
      const lower = words[from + stride]!;
      const columns = (upper & EVEN_BYTES) + (lower & EVEN_BYTES);
      const others = ((upper >>> 8) & EVEN_BYTES) + ((lower >>> 8) & EVEN_BYTES);
      const means = ((columns + others + 0x00020002) >>> 2) & EVEN_BYTES;
      pairs[at] = means | (means >>> 8);
    }
  }
  return new Uint8Array(pairs.buffer);
}

function halveBytes({ width, gray }: Gray, half: Omit<Gray, 'gray'>): Uint8Array {
  const target = new Uint8Array(half.width * half.height);
  for (let y = 0, at = 0; y < half.height; y += 1) {
    let from = 2 * y * width;
    for (let x = 0; x < half.width; x += 1, at += 1, from += 2) {
      target[at] =
        (gray[from]! + gray[from + 1]! + gray[from + width]! + gray[from + width + 1]! + 2) >> 2;
    }
  }
  return target;
}
