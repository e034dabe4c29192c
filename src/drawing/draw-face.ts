import turbo from '@julusian/jpeg-turbo';
import { seededRandom } from '../common/random.ts';
import { sharp } from '../inference/preprocess/sharp-image.ts';
import { Canvas } from './canvas.ts';
import { faceTraits } from './face-traits.ts';
import { paintFace } from './paint-face.ts';

export interface FaceDrawing {
  /** Years, from 0 to 120; the features change smoothly with it. */
  age: number;
  /** An integer that identifies the person: drawings with the same seed differ only by age. */
  seed: number;
  /** Width and height in pixels; 200 by default. */
  size?: number;
}

export interface RgbPicture {
  width: number;
  height: number;
  /** height × width × 3 values, row by row. */
  rgb: Uint8Array<ArrayBuffer>;
}

/** Draws a face that shows its age, for tests, golden samples, the demo and smoke data. */
export function drawFaceRgb({ age, seed, size = 200 }: FaceDrawing): RgbPicture {
  const face = faceTraits(age, seededRandom(seed));
  const canvas = new Canvas(size, face.colors.background);
  paintFace(canvas, face);
  return { width: size, height: size, rgb: new Uint8Array(canvas.rgb.buffer) };
}

/** Like `drawFaceRgb`, as a baseline JPEG with 4:2:0 chroma subsampling, like most photos. */
export function drawFaceJpeg(drawing: FaceDrawing, quality = 80): Buffer {
  return encodeJpeg(drawFaceRgb(drawing), quality);
}

/** @param quality from 1 to 100 */
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
 * Darkens a photo, as if less light had fallen on it.
 * @param share the factor of its levels, in (0, 1]
 * @returns a JPEG
 */
export function darkerPhoto(photo: Uint8Array, share: number): Promise<Buffer> {
  return sharp(photo).linear(share, 0).jpeg().toBuffer();
}
