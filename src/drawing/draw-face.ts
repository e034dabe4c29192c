import turbo from '@julusian/jpeg-turbo';
import { mulberry32 } from '../common/random.ts';
import { sharp } from '../inference/preprocess/sharp-image.ts';
import { Canvas } from './canvas.ts';
import { faceTraits } from './face-traits.ts';
import { paintFace } from './paint-face.ts';

export interface FaceDrawing {
  /** Years, 0 … 120; features follow it smoothly. */
  age: number;
  /** Whole number; the same seed is the same person, so only age changes between two drawings of it. */
  seed: number;
  /** Width and height in pixels; 200 by default. */
  size?: number;
}

export interface RgbPicture {
  width: number;
  height: number;
  /** height × width × 3, row by row. */
  rgb: Uint8Array<ArrayBuffer>;
}

/** A face from which age can be told, drawn in code: for tests, golden samples, demo and smoke data. */
export function drawFaceRgb({ age, seed, size = 200 }: FaceDrawing): RgbPicture {
  const face = faceTraits(age, mulberry32(seed));
  const canvas = new Canvas(size, face.background);
  paintFace(canvas, face);
  return { width: size, height: size, rgb: new Uint8Array(canvas.rgb.buffer) };
}

/** The same as a baseline JPEG with 4:2:0 colour, like most photos. */
export function drawFaceJpeg(drawing: FaceDrawing, quality = 80): Buffer {
  return encodeJpeg(drawFaceRgb(drawing), quality);
}

/** @param quality 1 … 100 */
export function encodeJpeg({ width, height, rgb }: RgbPicture, quality: number): Buffer {
  return turbo.compressSync(Buffer.from(rgb.buffer), {
    format: turbo.FORMAT_RGB,
    width,
    height,
    subsampling: turbo.SAMP_420,
    quality,
  });
}

/**
 * A photo as if less light had fallen on it.
 * @param share of its levels that is left, in (0, 1]
 * @returns a JPEG
 */
export function darkerPhoto(photo: Uint8Array, share: number): Promise<Buffer> {
  return sharp(photo).linear(share, 0).jpeg().toBuffer();
}
