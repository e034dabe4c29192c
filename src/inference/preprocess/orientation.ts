import type { Size } from './spec.ts';

const TIFF_MAGIC = 42;
const ORIENTATION_TAG = 0x0112;
const ENTRY_BYTES = 12;
/** libvips reads an entry of this many values as text, which is no orientation. */
const LIST_VALUES = 10;

/**
 * Reads the orientation from an EXIF block (Exif 2.32 §4.6.4); 1 if it has none or is damaged. The result equals sharp's,
 * which reads through libexif: an orientation of another integer type counts too, since some editors write one.
 * @param exif the TIFF structure, starting at `II` or `MM`
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
    if (at === undefined) continue;
    const isList = tiff.u32(entry + 4) >= LIST_VALUES;
    return isList ? 1 : toOrientation(readValue(tiff, tiff.u16(entry + 2), at));
  }
  return 1;
}

interface Tiff {
  length: number;
  u8: (at: number) => number;
  u16: (at: number) => number;
  u32: (at: number) => number;
}

/** Bytes of an integer, by its type in TIFF; signed and unsigned types are read alike. */
const byteCounts = new Map([
  [1, 1],
  [3, 2],
  [4, 4],
  [6, 1],
  [8, 2],
  [9, 4],
]);

/** Bytes of the other types: text, fractions, undefined bytes and floating-point numbers. */
const otherByteCounts = new Map([
  [2, 1],
  [5, 8],
  [7, 1],
  [10, 8],
  [11, 4],
  [12, 8],
]);

/**
 * The offset of the values: in the entry itself, or where the entry points if they do not fit; undefined outside the block
 * and for an unknown type, whose entries libexif skips.
 */
function valueOffset(tiff: Tiff, entry: number): number | undefined {
  const count = tiff.u32(entry + 4);
  const type = tiff.u16(entry + 2);
  const size = byteCounts.get(type) ?? otherByteCounts.get(type);
  if (count === 0 || size === undefined) return undefined;
  const bytes = count * size;
  if (bytes <= 4) return entry + 8;
  const at = tiff.u32(entry + 8);
  return at + bytes <= tiff.length ? at : undefined;
}

/** The first value, reduced to its lower 16 bits; undefined if it is not an integer. */
function readValue(tiff: Tiff, type: number, at: number): number | undefined {
  const bytes = byteCounts.get(type);
  if (bytes === 1) return tiff.u8(at);
  if (bytes === 2) return tiff.u16(at);
  return bytes === 4 ? tiff.u32(at) & 0xffff : undefined;
}

/** EXIF tag 274: how the stored picture must be transformed for display. 1 means "as stored". */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** Like viewers, treats anything other than 1 to 8 as 1. */
export function toOrientation(value: number | undefined): Orientation {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= 8
    ? (value as Orientation)
    : 1;
}

/** The size as displayed: some orientations swap width and height. The function is its own inverse. */
export function displaySize({ width, height }: Size, orientation: Orientation): Size {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

/**
 * Transforms a stored picture for display.
 * @param stored size.height × size.width gray levels; returned unchanged for orientation 1
 */
export function applyOrientation(
  stored: Uint8Array<ArrayBuffer>,
  size: Size,
  orientation: Orientation,
): Uint8Array<ArrayBuffer> {
  if (orientation === 1) return stored;
  const { origin, alongX, alongY } = storedSteps(size, orientation);
  const display = displaySize(size, orientation);
  const turned = new Uint8Array(stored.length);
  for (let y = 0, at = 0; y < display.height; y++) {
    let from = origin + y * alongY;
    for (let x = 0; x < display.width; x++, at++, from += alongX) turned[at] = stored[from]!;
  }
  return turned;
}

/** The index of the displayed picture's top left pixel in the stored one, and the steps along x and y. */
function storedSteps(
  { width, height }: Size,
  orientation: Orientation,
): { origin: number; alongX: number; alongY: number } {
  const right = width - 1;
  const bottom = (height - 1) * width;
  switch (orientation) {
    case 1:
      return { origin: 0, alongX: 1, alongY: width };
    case 2:
      return { origin: right, alongX: -1, alongY: width };
    case 3:
      return { origin: bottom + right, alongX: -1, alongY: -width };
    case 4:
      return { origin: bottom, alongX: 1, alongY: -width };
    case 5:
      return { origin: 0, alongX: width, alongY: 1 };
    case 6:
      return { origin: bottom, alongX: -width, alongY: 1 };
    case 7:
      return { origin: bottom + right, alongX: -width, alongY: -1 };
    case 8:
      return { origin: right, alongX: width, alongY: -1 };
  }
}
