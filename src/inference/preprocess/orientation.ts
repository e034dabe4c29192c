import type { Size } from './spec.ts';

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;

/**
 * Reads the orientation from an EXIF block (Exif 2.32 §4.6.4); 1 if it has none or is damaged.
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
