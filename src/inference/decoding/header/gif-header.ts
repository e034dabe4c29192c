import { type CodedPicture, costOf } from './coded-picture.ts';
import { DamagedHeaderError } from '../../preprocess/format/damaged-header.ts';

const SCREEN_BYTES = 13;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
/** Of data before the first picture: comments and the like. Blocks have up to 255 bytes. */
const MAX_BLOCKS = 65_536;

/**
 * Reads the header of a GIF: the larger of its screen and its first picture, as the decoder enlarges the screen to it.
 * @throws DamagedHeaderError or RangeError
 */
export function readGifHeader(file: Buffer): CodedPicture {
  const screen = { width: file.readUInt16LE(6), height: file.readUInt16LE(8) };
  const first = firstPicture(file);
  const width = Math.max(screen.width, first.width);
  const height = Math.max(screen.height, first.height);
  const cost = costOf(width * height, file.length, {
    bytesPerPixel: 7,
    nsPerPixel: 60,
    nsPerByte: 20,
  });
  return { width, height, orientation: 1, cost };
}

/** The right and lower edges of the first picture on the screen. */
function firstPicture(file: Buffer): { width: number; height: number } {
  const at = endOfExtensions(file, SCREEN_BYTES + paletteBytes(file.readUInt8(10)));
  if (file.readUInt8(at) !== IMAGE) throw new DamagedHeaderError('it holds no picture');
  return {
    width: file.readUInt16LE(at + 1) + file.readUInt16LE(at + 5),
    height: file.readUInt16LE(at + 3) + file.readUInt16LE(at + 7),
  };
}

function paletteBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

/** The data of an extension comes in blocks, each after its length; a block of none ends it. */
function endOfExtensions(file: Buffer, from: number): number {
  let at = from;
  let isInside = false;
  for (let block = 0; block < MAX_BLOCKS; block += 1) {
    if (!isInside && file.readUInt8(at) !== EXTENSION) return at;
    if (!isInside) at += 2;
    const length = file.readUInt8(at);
    at += length + 1;
    isInside = length > 0;
  }
  throw new DamagedHeaderError('too many blocks come before its first picture');
}
