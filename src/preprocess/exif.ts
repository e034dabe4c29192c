import { toOrientation, type Orientation } from './orientation.ts';

const TIFF_MAGIC = 42;
const ORIENTATION_TAG = 0x0112;
const ENTRY_BYTES = 12;

/**
 * Orientation in an EXIF block (Exif 2.32 §4.6.4); 1 where it has none or is damaged. It is what sharp finds, which reads
 * through libexif: also in the wrong type, as some editors write it.
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
  const tiff: Tiff = {
    length: exif.length,
    u8: (at) => exif.readUInt8(at),
    u16: (at) => (order === 'II' ? exif.readUInt16LE(at) : exif.readUInt16BE(at)),
    u32: (at) => (order === 'II' ? exif.readUInt32LE(at) : exif.readUInt32BE(at)),
  };
  if (tiff.u16(2) !== TIFF_MAGIC) return 1;
  const directory = tiff.u32(4);
  const entries = tiff.u16(directory);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + ENTRY_BYTES * i;
    if (entry + ENTRY_BYTES > exif.length) return 1;
    const at = tiff.u16(entry) === ORIENTATION_TAG ? valueOffset(tiff, entry) : undefined;
    if (at !== undefined) return toOrientation(readValue(tiff, tiff.u16(entry + 2), at));
  }
  return 1;
}

interface Tiff {
  length: number;
  u8: (at: number) => number;
  u16: (at: number) => number;
  u32: (at: number) => number;
}

/** Bytes of a whole number, by its type in TIFF: signed ones are as good here. */
const byteCounts = new Map([
  [1, 1],
  [3, 2],
  [4, 4],
  [6, 1],
  [8, 2],
  [9, 4],
]);

/** In the entry itself, or where that says if there are too many values; undefined where they are not in the block. */
function valueOffset(tiff: Tiff, entry: number): number | undefined {
  const count = tiff.u32(entry + 4);
  if (count === 0) return undefined;
  const bytes = count * (byteCounts.get(tiff.u16(entry + 2)) ?? 1);
  if (bytes <= 4) return entry + 8;
  const at = tiff.u32(entry + 8);
  return at + bytes <= tiff.length ? at : undefined;
}

/** The first value, of which a short takes the lower half; undefined where it is no whole number. */
function readValue(tiff: Tiff, type: number, at: number): number | undefined {
  const bytes = byteCounts.get(type);
  if (bytes === 1) return tiff.u8(at);
  if (bytes === 2) return tiff.u16(at);
  return bytes === 4 ? tiff.u32(at) & 0xffff : undefined;
}
