import { drawFaceRgb, encodeJpeg } from '../../src/drawing/draw-face.ts';
import { mulberry32 } from '../../src/common/random.ts';

/** Largest change of a pixel's gray level by simulated sensor noise. */
const GRAIN = 10;

/** A drawn face, `side` pixels square, with noise: without it a large drawing's file is much smaller than a photo's. */
export function grainyPhoto(side: number): Buffer {
  const picture = drawFaceRgb({ age: 30, seed: 1, size: side });
  const random = mulberry32(side);
  for (let pixel = 0; pixel < side * side; pixel += 1) {
    const shift = Math.round((2 * random() - 1) * GRAIN);
    for (let channel = 0; channel < 3; channel += 1) {
      const at = 3 * pixel + channel;
      picture.rgb[at] = Math.min(255, Math.max(0, picture.rgb[at]! + shift));
    }
  }
  return encodeJpeg(picture, 85);
}
