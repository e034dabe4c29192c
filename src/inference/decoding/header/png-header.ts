import { exifOrientation } from '../../preprocess/orientation.ts';
import { type CodedPicture, costOf } from './coded-picture.ts';
import { DamagedHeaderError } from '../../preprocess/format/damaged-header.ts';

const SIGNATURE_BYTES = 8;
/** Length, type and check sum around the data of a chunk. */
const CHUNK_FRAME_BYTES = 12;
/** The files of test suites have a few thousand chunks, photos a few dozen. */
const MAX_CHUNKS = 65_536;
/** Deflate shrinks by at most this factor (RFC 1951: 258 bytes in two bits). */
const MAX_INFLATION = 1032;
/** libpng inflates no ancillary chunk beyond this. */
const MAX_INFLATED_BYTES = 8_000_000;
/** Rows that the pipeline keeps of a picture that is read row by row. */
const ROWS_IN_MEMORY = 1600;

/** Samples per pixel by color type (PNG specification §11.2.1), after palettes are expanded. */
const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

interface PngChunks {
  hasProfile: boolean;
  hasTransparency: boolean;
  exif?: Buffer;
  /** Bytes that compressed texts and profiles may inflate to. */
  inflatedBytes: number;
}

/**
 * Reads the header of a PNG: IHDR and the list of chunks.
 * @throws DamagedHeaderError or RangeError
 */
export function readPngHeader(file: Buffer): CodedPicture {
  const header = SIGNATURE_BYTES + 8;
  if (file.toString('latin1', SIGNATURE_BYTES + 4, header) !== 'IHDR') {
    throw new DamagedHeaderError('IHDR is missing');
  }
  const width = file.readUInt32BE(header);
  const height = file.readUInt32BE(header + 4);
  const bits = file.readUInt8(header + 8);
  const colorChannels = channelsOf[file.readUInt8(header + 9)];
  const isInterlaced = file.readUInt8(header + 12) === 1;
  if (colorChannels === undefined) throw new DamagedHeaderError('the color type is unknown');
  const chunks = readChunks(file);
  const channels = colorChannels + (chunks.hasTransparency ? 1 : 0);
  const bytes = channels * (bits === 16 ? 2 : 1);
  const cost = costOf(width * height, file.length, {
    bytesPerPixel: isInterlaced ? bytes : 0,
    extraBytes: width * bytes * Math.min(height, ROWS_IN_MEMORY) + chunks.inflatedBytes,
    nsPerPixel:
      8 + 3.5 * bytes + (chunks.hasProfile ? 25 : 0) + (isInterlaced ? 30 + 2 * bytes : 0),
    nsPerByte: 20 + (chunks.inflatedBytes / file.length) * 4,
  });
  const orientation = chunks.exif === undefined ? 1 : exifOrientation(chunks.exif);
  return { width, height, orientation, cost };
}

function readChunks(file: Buffer): PngChunks {
  const found: PngChunks = { hasProfile: false, hasTransparency: false, inflatedBytes: 0 };
  let at = SIGNATURE_BYTES;
  for (let count = 0; at + CHUNK_FRAME_BYTES <= file.length; count += 1) {
    if (count === MAX_CHUNKS) throw new DamagedHeaderError('it has too many chunks');
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    if (type === 'IEND') break;
    if (type !== 'IDAT') noteChunk(type, file.subarray(at + 8, at + 8 + length), found);
    at += length + CHUNK_FRAME_BYTES;
  }
  return found;
}

function noteChunk(type: string, data: Buffer, found: PngChunks): void {
  if (type === 'tRNS') found.hasTransparency = true;
  if (type === 'eXIf') found.exif ??= data;
  if (type === 'iCCP') found.hasProfile = true;
  if (type === 'iCCP' || type === 'zTXt' || type === 'iTXt') {
    found.inflatedBytes += Math.min(data.length * MAX_INFLATION, MAX_INFLATED_BYTES);
  }
}
