import { sharp } from '../inference/preprocess/sharp-image.ts';

/**
 * A photo as if less light had fallen on it.
 * @param share of its levels that is left, in (0, 1]
 * @returns a JPEG
 */
export function darkerPhoto(photo: Uint8Array, share: number): Promise<Buffer> {
  return sharp(photo).linear(share, 0).jpeg().toBuffer();
}
