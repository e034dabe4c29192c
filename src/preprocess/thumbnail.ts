import { sharp } from './configured-sharp.ts';

/** A small upright JPEG of a photo, without its metadata; at most `side` pixels either way. */
export async function thumbnailJpeg(bytes: Uint8Array, side: number): Promise<Buffer> {
  return sharp(bytes)
    .autoOrient()
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer();
}
