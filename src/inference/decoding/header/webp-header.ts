import { exifOrientation, type Orientation } from '../../preprocess/orientation.ts';
import { type CodedPicture, costOf, type DecodedDetail } from './coded-picture.ts';
import { DamagedHeaderError } from '../../preprocess/format/damaged-header.ts';

const RIFF_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
/** An animation of ten minutes has 18,000 frames. */
const MAX_CHUNKS = 65_536;
const FRAME_HEAD_BYTES = 16;
const ALPHA_FLAG = 0x10;

interface WebpChunks {
  width: number;
  height: number;
  hasAlpha: boolean;
  isLossless: boolean;
  isAnimated: boolean;
  hasProfile: boolean;
  orientation: Orientation;
}

/**
 * Reads the header of a WebP (RFC 9649): the largest size that any of its chunks states, and how its pictures are coded.
 * @throws DamagedHeaderError or RangeError
 */
export function readWebpHeader(file: Buffer, detail: DecodedDetail): CodedPicture {
  const found: WebpChunks = {
    ...{ width: 0, height: 0, hasAlpha: false, isLossless: false },
    ...{ isAnimated: false, hasProfile: false, orientation: 1 },
  };
  readChunks(file, RIFF_BYTES, found);
  const { width, height, orientation, hasAlpha, isLossless, isAnimated, hasProfile } = found;
  if (width * height === 0) throw new DamagedHeaderError('it holds no picture');
  const cost = costOf(width * height, file.length, {
    bytesPerPixel:
      (isLossless ? 4.5 : 0.5) +
      (hasAlpha ? 2 : 0) +
      (isAnimated ? 10.5 : 0) +
      (detail === 'reduced' ? 0 : 4),
    nsPerPixel:
      (isLossless ? 45 : 15) +
      (hasAlpha ? 10 : 0) +
      (isAnimated ? 110 : 0) +
      (hasProfile ? 25 : 0) +
      (detail === 'reduced' ? 0 : 30),
    nsPerByte: isLossless ? 25 : 100,
  });
  return { width, height, orientation, cost };
}

function readChunks(file: Buffer, from: number, found: WebpChunks): void {
  let at = from;
  for (let count = 0; at + CHUNK_HEAD_BYTES <= file.length; count += 1) {
    if (count === MAX_CHUNKS) throw new DamagedHeaderError('it has too many chunks');
    const type = file.toString('latin1', at, at + 4);
    const length = file.readUInt32LE(at + 4);
    const data = file.subarray(at + CHUNK_HEAD_BYTES, at + CHUNK_HEAD_BYTES + length);
    noteChunk(type, data, found);
    // The chunks of a frame follow its own fields.
    const step = type === 'ANMF' ? FRAME_HEAD_BYTES : length + (length % 2);
    at += CHUNK_HEAD_BYTES + step;
  }
}

function noteChunk(type: string, data: Buffer, found: WebpChunks): void {
  if (type === 'VP8X') {
    found.hasAlpha ||= (data.readUInt8(0) & ALPHA_FLAG) !== 0;
    noteSize(found, data.readUIntLE(4, 3) + 1, data.readUIntLE(7, 3) + 1);
  } else if (type === 'VP8 ') {
    noteSize(found, data.readUInt16LE(6) & 0x3fff, data.readUInt16LE(8) & 0x3fff);
  } else if (type === 'VP8L') {
    const bits = data.readUInt32LE(1);
    found.isLossless = true;
    found.hasAlpha ||= ((bits >>> 28) & 1) === 1;
    noteSize(found, (bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
  } else if (type === 'ANMF') {
    found.isAnimated = true;
    noteSize(found, data.readUIntLE(6, 3) + 1, data.readUIntLE(9, 3) + 1);
  } else if (type === 'ALPH') found.hasAlpha = true;
  else if (type === 'ICCP') found.hasProfile = true;
  else if (type === 'EXIF') found.orientation = orientationOf(data);
}

function noteSize(found: WebpChunks, width: number, height: number): void {
  found.width = Math.max(found.width, width);
  found.height = Math.max(found.height, height);
}

/** Some writers put the name of JPEG's segment before the block. */
function orientationOf(data: Buffer): Orientation {
  const named = data.toString('latin1', 0, 6) === 'Exif\0\0';
  return exifOrientation(named ? data.subarray(6) : data);
}
