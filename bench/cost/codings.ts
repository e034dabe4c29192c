import { randomFillSync } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';

/** What a measured picture shows: one color, or noise, which no codec can compress well. */
export type Content = 'flat' | 'grain';

/** How a format can be coded: a name, and an encoder over a picture. */
export interface Coding {
  format: string;
  coding: string;
  encode: (picture: PictureMaker) => Sharp;
}

type Channels = 1 | 3 | 4;

/** Makes pictures of one size and content. */
export class PictureMaker {
  readonly width: number;
  readonly height: number;
  readonly #content: Content;

  constructor(width: number, height: number, content: Content) {
    [this.width, this.height, this.#content] = [width, height, content];
  }

  bytes(channels: Channels): Sharp {
    const samples = this.#fill(new Uint8Array(this.width * this.height * channels), 1);
    return sharp(samples, this.#raw(channels));
  }

  words(channels: Channels): Sharp {
    const samples = this.#fill(new Uint16Array(this.width * this.height * channels), 257);
    return sharp(samples, this.#raw(channels)).toColourspace('rgb16');
  }

  #raw(channels: Channels) {
    const raw = { width: this.width, height: this.height, channels };
    return { raw, limitInputPixels: false } as const;
  }

  #fill<Samples extends Uint8Array | Uint16Array>(samples: Samples, scale: number): Samples {
    if (this.#content === 'flat') samples.fill(120 * scale);
    else {
      const noise = randomFillSync(Buffer.alloc(1 << 20));
      for (let index = 0; index < samples.length; index += 1)
        samples[index] = scale * (100 + ((index >> 12) % 64) + (noise[index % noise.length]! & 15));
    }
    return samples;
  }
}

const lossless = { effort: 0, lossless: true };
const fine = { quality: 98, chromaSubsampling: '4:4:4' } as const;

/** Tiles as large as the picture, which are decoded in whole. */
const oneTile = ({ width, height }: PictureMaker) => ({
  tile: true,
  tileWidth: Math.ceil(width / 16) * 16,
  tileHeight: Math.ceil(height / 16) * 16,
});

type Row = [format: string, coding: string, encode: Coding['encode']];

const rows: Row[] = [
  ['jpeg', 'baseline 4:2:0', (p) => p.bytes(3).jpeg()],
  ['jpeg', 'baseline 4:4:4, quality 98', (p) => p.bytes(3).jpeg(fine)],
  ['jpeg', 'baseline with a profile', (p) => p.bytes(3).withIccProfile('p3').jpeg()],
  ['jpeg', 'progressive 4:2:0', (p) => p.bytes(3).jpeg({ progressive: true })],
  ['jpeg', 'progressive 4:4:4', (p) => p.bytes(3).jpeg({ ...fine, progressive: true })],
  [
    'jpeg',
    'progressive CMYK',
    (p) =>
      p
        .bytes(3)
        .toColourspace('cmyk')
        .jpeg({ ...fine, progressive: true }),
  ],
  ['png', 'gray', (p) => p.bytes(1).toColourspace('b-w').png()],
  ['png', 'palette', (p) => p.bytes(3).png({ palette: true, effort: 1 })],
  ['png', 'RGB', (p) => p.bytes(3).png()],
  ['png', 'RGB, interlaced', (p) => p.bytes(3).png({ progressive: true })],
  ['png', 'RGBA of 16 bits', (p) => p.words(4).png()],
  ['png', 'RGBA of 16 bits, interlaced', (p) => p.words(4).png({ progressive: true })],
  ['webp', 'lossy', (p) => p.bytes(3).webp({ effort: 0 })],
  ['webp', 'lossy with alpha', (p) => p.bytes(4).webp({ effort: 0 })],
  ['webp', 'lossless', (p) => p.bytes(3).webp(lossless)],
  ['gif', 'one frame', (p) => p.bytes(3).gif({ effort: 1 })],
  ['tiff', 'LZW strips', (p) => p.bytes(3).tiff({ compression: 'lzw' })],
  [
    'tiff',
    'one tile of 16 bits',
    (p) => p.words(4).tiff({ compression: 'deflate', ...oneTile(p) }),
  ],
  ['tiff', 'one tile of JPEG', (p) => p.bytes(3).tiff({ compression: 'jpeg', ...oneTile(p) })],
  ['tiff', 'CMYK', (p) => p.bytes(3).toColourspace('cmyk').tiff({ compression: 'deflate' })],
  ['tiff', 'floating point', (p) => p.bytes(3).toColourspace('scrgb').tiff({ compression: 'lzw' })],
  ['avif', '4:2:0', (p) => p.bytes(3).avif({ effort: 0, chromaSubsampling: '4:2:0' })],
  ['avif', '4:4:4', (p) => p.bytes(3).avif({ effort: 0 })],
  ['avif', '4:2:0 with alpha', (p) => p.bytes(4).avif({ effort: 0, chromaSubsampling: '4:2:0' })],
  ['avif', '12 bits, 4:4:4 with alpha', (p) => p.words(4).avif({ effort: 0, bitdepth: 12 })],
];

export const codings: readonly Coding[] = rows.map(([format, coding, encode]) => ({
  format,
  coding,
  encode,
}));
