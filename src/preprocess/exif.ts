import { toOrientation, type Orientation } from './orientation.ts';

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;

/**
 * Orientation in an EXIF block (Exif 2.32 §4.6.4); 1 where it has none or is damaged.
 * @param exif the TIFF structure, from its `II` or `MM` on
 */
export function exifOrientation(exif: Buffer): Orientation {
  try {
    return readOrientation(exif);
  } catch (error) {
    if (error instanceof RangeError) return 1;
    throw error;
  }
}

function readOrientation(exif: Buffer): Orientation {
  const order = exif.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return 1;
  const u16 = (at: number) => (order === 'II' ? exif.readUInt16LE(at) : exif.readUInt16BE(at));
  const u32 = (at: number) => (order === 'II' ? exif.readUInt32LE(at) : exif.readUInt32BE(at));
  const directory = u32(4);
  const entries = u16(directory);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (u16(entry) === ORIENTATION_TAG && u16(entry + 2) === SHORT) {
      return toOrientation(u16(entry + 8));
    }
  }
  return 1;
}
