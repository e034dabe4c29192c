import { sharp } from '../../src/inference/preprocess/sharp-image.ts';

/** A file whose decoding costs far more than its size suggests. */
export interface Bomb {
  name: string;
  bytes: Buffer;
}

/** A costly coding of a format. */
interface Coding {
  name: string;
  encode: (side: number) => Promise<Buffer>;
  /** Whether a picture of 50 megapixels is made quickly enough for the short form. */
  isQuick: boolean;
}

/** Just below MAX_PIXELS, 50 million, and a size that the budgets admit in most codings. */
const LARGEST_SIDE = 7071;
const ADMITTED_SIDE = 2000;

/** Flat pictures compress to almost nothing, at the same cost of decoding. */
const flat = (side: number, channels: 3 | 4) =>
  sharp({
    create: {
      ...{ width: side, height: side, channels },
      background: { r: 120, g: 90, b: 60, ...(channels === 4 && { alpha: 0.5 }) },
    },
    limitInputPixels: false,
  });

const deep = (side: number) => flat(side, 4).toColourspace('rgb16');

/** Pictures in the costliest coding of each format. The largest ones take up to half a minute each to make. */
export async function makeBombs({ short }: { short: boolean }): Promise<Bomb[]> {
  const bombs: Bomb[] = [];
  for (const { name, encode, isQuick } of codings) {
    for (const side of isQuick || !short ? [ADMITTED_SIDE, LARGEST_SIDE] : [ADMITTED_SIDE]) {
      const megapixels = Math.round(side ** 2 / 1e6);
      bombs.push({ name: `${name}, ${megapixels} MP`, bytes: await encode(side) });
    }
  }
  return bombs;
}

const codings: readonly Coding[] = [
  {
    name: 'PNG, 16 bits, alpha, interlaced',
    encode: (side) => deep(side).png({ progressive: true }).toBuffer(),
    isQuick: true,
  },
  {
    name: 'TIFF, 16 bits, alpha',
    encode: (side) => deep(side).tiff({ compression: 'lzw' }).toBuffer(),
    isQuick: true,
  },
  {
    name: 'WebP, alpha',
    encode: (side) => flat(side, 4).webp({ effort: 0 }).toBuffer(),
    isQuick: true,
  },
  {
    name: 'JPEG, CMYK, progressive',
    encode: (side) => flat(side, 3).toColourspace('cmyk').jpeg({ progressive: true }).toBuffer(),
    isQuick: false,
  },
  {
    name: 'AVIF, 8 bits',
    encode: (side) => flat(side, 3).avif({ effort: 0, quality: 10 }).toBuffer(),
    isQuick: false,
  },
  {
    name: 'AVIF, 12 bits, alpha',
    encode: (side) => deep(side).avif({ effort: 0, quality: 10, bitdepth: 12 }).toBuffer(),
    isQuick: false,
  },
];
