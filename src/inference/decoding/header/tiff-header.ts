import { toOrientation } from '../../preprocess/orientation.ts';
import { type CodedPicture, costOf } from './coded-picture.ts';
import { DamagedHeaderError } from '../../preprocess/format/damaged-header.ts';
import { readTiffDirectories, type TiffTags } from '../../preprocess/format/tiff-directory.ts';

const WIDTH = 256;
const HEIGHT = 257;
const BITS_PER_SAMPLE = 258;
const COMPRESSION = 259;
const PHOTOMETRIC = 262;
const ORIENTATION = 274;
const SAMPLES_PER_PIXEL = 277;
const ROWS_PER_STRIP = 278;
const TILE_WIDTH = 322;
const TILE_HEIGHT = 323;
const SAMPLE_FORMAT = 339;
const ICC_PROFILE = 34_675;
const FLOATING_POINT = 3;

/** Codecs that decode a whole strip or tile at a time and hold it a second time: JPEG, WebP, LERC and the like. */
const wholeBlock: ReadonlySet<number> = new Set([6, 7, 34_887, 34_925, 50_000, 50_001, 50_002]);
/** Color spaces that are converted in floating point: CMYK, CIELab and its relatives. */
const converted: ReadonlySet<number> = new Set([5, 8, 9, 10]);
/** Rows that the pipeline keeps of a picture that is read row by row. */
const ROWS_IN_MEMORY = 1600;

/**
 * Reads the header of a TIFF: the first directory says how the picture is coded, all of them are counted.
 * @throws DamagedHeaderError or RangeError
 */
export function readTiffHeader(file: Buffer): CodedPicture {
  const { first, valueBytes } = readTiffDirectories(file);
  const width = numberOf(first, WIDTH);
  const height = numberOf(first, HEIGHT);
  if (width * height === 0) throw new DamagedHeaderError('it states no size');
  const samples = numberOf(first, SAMPLES_PER_PIXEL, 1);
  const bytes = samples * Math.max(1, Math.ceil(Math.max(...bitsOf(first)) / 8));
  const isConverted =
    converted.has(numberOf(first, PHOTOMETRIC)) ||
    first.has(ICC_PROFILE) ||
    numberOf(first, SAMPLE_FORMAT, 1) === FLOATING_POINT;
  const cost = costOf(width * height, file.length, {
    bytesPerPixel: 0,
    extraBytes: blockBytes(first, { width, height }, bytes) + valueBytes * 2,
    nsPerPixel:
      10 + (bytes > samples ? 8 : 4) * bytes + (isWhole(first) ? 20 : 0) + (isConverted ? 100 : 0),
    nsPerByte: 20 + (valueBytes / file.length) * 20,
  });
  return { width, height, orientation: toOrientation(numberOf(first, ORIENTATION, 1)), cost };
}

/** Bytes of the rows, strips or tiles that are decoded at a time. */
function blockBytes(
  tags: TiffTags,
  { width, height }: { width: number; height: number },
  bytesPerPixel: number,
): number {
  const rows = Math.min(height, ROWS_IN_MEMORY) * width * Math.max(bytesPerPixel, 4);
  const tileWidth = numberOf(tags, TILE_WIDTH);
  const tileHeight = numberOf(tags, TILE_HEIGHT);
  const copies = isWhole(tags) ? 4 : 2;
  if (tileWidth * tileHeight > 0) {
    // A row of tiles is kept, and the tile that is decoded.
    const across = Math.ceil(width / tileWidth) * tileWidth;
    return rows + across * tileHeight * bytesPerPixel * copies;
  }
  const stripRows = Math.min(height, numberOf(tags, ROWS_PER_STRIP, height));
  return rows + (copies > 2 ? stripRows * width * bytesPerPixel * copies : 0);
}

function isWhole(tags: TiffTags): boolean {
  return wholeBlock.has(numberOf(tags, COMPRESSION, 1));
}

function bitsOf(tags: TiffTags): readonly number[] {
  const bits = tags.get(BITS_PER_SAMPLE) ?? [];
  return bits.length > 0 ? bits : [1];
}

function numberOf(tags: TiffTags, tag: number, absent = 0): number {
  return tags.get(tag)?.[0] ?? absent;
}
