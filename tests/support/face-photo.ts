import { drawFaceRgb } from '../../src/drawing/draw-face.ts';
import { encoder } from './pictures.ts';

/** A square in which a drawn face is, in pixels of the photo. */
export interface PlacedFace {
  left: number;
  top: number;
  side: number;
  seed: number;
}

/** The pixels of a photo with drawn faces on gray. */
export function facePicture(width: number, height: number, faces: readonly PlacedFace[]) {
  const rgb = new Uint8Array(width * height * 3).fill(128);
  for (const { left, top, side, seed } of faces) {
    const drawn = drawFaceRgb({ age: 34, seed, size: side }).rgb;
    for (let row = 0; row < side; row += 1) {
      const from = row * side * 3;
      rgb.set(drawn.subarray(from, from + side * 3), ((top + row) * width + left) * 3);
    }
  }
  return { width, height, rgb };
}

/** A JPEG with drawn faces on gray. */
export function facePhoto(
  width: number,
  height: number,
  faces: readonly PlacedFace[],
): Promise<Buffer> {
  return encoder(facePicture(width, height, faces))
    .jpeg({ quality: 90 })
    .toBuffer();
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Whether a box's center lies near the center of a face. */
export function isOn({ x, y, width, height }: Box, { left, top, side }: PlacedFace): boolean {
  const awayX = x + width / 2 - left - side / 2;
  const awayY = y + height / 2 - top - side / 2;
  return Math.hypot(awayX, awayY) < 0.3 * side;
}
