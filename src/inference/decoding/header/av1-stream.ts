import type { Size } from '../../preprocess/spec.ts';

const SEQUENCE_HEADER = 1;
const FRAME_HEADER = 3;
const FRAME = 6;
/** Units of one picture; photos have three or four. */
const MAX_UNITS = 4096;

export interface Av1Stream {
  /** The largest size that the sequence headers allow; undefined where there is none. */
  size: Size | undefined;
  /** Coded frames. Layered pictures have up to four. */
  frames: number;
}

/**
 * Reads the largest frame size and the number of frames of AV1 data (AV1 specification §5.3 to §5.5): the decoder goes by
 * these, whatever the file around it says. It stops where the data cannot be read.
 */
export function readAv1Stream(data: Buffer): Av1Stream {
  const found: Av1Stream = { size: undefined, frames: 0 };
  try {
    let at = 0;
    for (let unit = 0; unit < MAX_UNITS && at < data.length; unit += 1)
      at = readUnit(data, at, found);
    if (at < data.length) found.frames = Math.max(found.frames, MAX_UNITS);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return found;
}

/** @returns the offset of the next unit */
function readUnit(data: Buffer, at: number, found: Av1Stream): number {
  const head = data.readUInt8(at);
  const type = (head >> 3) & 0xf;
  let from = at + ((head & 4) === 0 ? 1 : 2);
  let length = data.length - from;
  if ((head & 2) !== 0) {
    const size = leb128(data, from);
    from = size.end;
    length = size.value;
  }
  if (type === FRAME || type === FRAME_HEADER) found.frames += 1;
  if (type === SEQUENCE_HEADER) {
    const size = sequenceSize(data.subarray(from, from + length));
    found.size = {
      width: Math.max(size.width, found.size?.width ?? 0),
      height: Math.max(size.height, found.size?.height ?? 0),
    };
  }
  return from + length;
}

function leb128(data: Buffer, from: number): { value: number; end: number } {
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = data.readUInt8(from + index);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: from + index + 1 };
  }
  throw new RangeError('a length has more than eight bytes');
}

/** Reads bits, the highest of each byte first. */
class BitReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  bits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1, this.#at += 1) {
      value = value * 2 + ((this.#bytes.readUInt8(this.#at >> 3) >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** A number with as many leading zeros as it has bits after the first one. */
  uvlc(): void {
    let zeros = 0;
    while (!this.flag()) zeros += 1;
    this.bits(Math.min(zeros, 32));
  }
}

/** The size in a sequence header (§5.5.1). */
function sequenceSize(bytes: Buffer): Size {
  const reader = new BitReader(bytes);
  reader.bits(4);
  const isReduced = reader.flag();
  if (isReduced) reader.bits(5);
  else skipOperatingPoints(reader);
  const widthBits = reader.bits(4) + 1;
  const heightBits = reader.bits(4) + 1;
  return { width: reader.bits(widthBits) + 1, height: reader.bits(heightBits) + 1 };
}

function skipOperatingPoints(reader: BitReader): void {
  let delayBits: number | undefined;
  if (reader.flag()) {
    reader.bits(64);
    if (reader.flag()) reader.uvlc();
    if (reader.flag()) {
      delayBits = reader.bits(5) + 1;
      reader.bits(42);
    }
  }
  const hasDisplayDelay = reader.flag();
  for (let points = reader.bits(5) + 1; points > 0; points -= 1) {
    reader.bits(12);
    if (reader.bits(5) > 7) reader.bits(1);
    if (delayBits !== undefined && reader.flag()) reader.bits(2 * delayBits + 1);
    if (hasDisplayDelay && reader.flag()) reader.bits(4);
  }
}
