import { DamagedHeaderError } from './damaged-header.ts';

/** A box of an ISO base media file (ISO/IEC 14496-12 §4.2). */
export interface Box {
  type: string;
  /** What follows the box's size and type. */
  data: Buffer;
}

const HEAD_BYTES = 8;
const LARGE_HEAD_BYTES = 16;
/** In one level; photos have a handful, the properties of a grid of a thousand tiles a few more. */
const MAX_BOXES = 4096;

/**
 * The boxes of one level, in order.
 * @throws DamagedHeaderError for more boxes than any photo has, or for a box that ends before it begins
 */
export function boxesOf(bytes: Buffer): Box[] {
  const boxes: Box[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    if (boxes.length === MAX_BOXES) throw new DamagedHeaderError('it has too many boxes');
    const { head, length } = extentOf(bytes, at);
    if (length < head) throw new DamagedHeaderError('a box ends before it begins');
    const type = bytes.toString('latin1', at + 4, at + 8);
    boxes.push({ type, data: bytes.subarray(at + head, at + length) });
    at += length;
  }
  return boxes;
}

/** A size of 1 means that a 64-bit size follows, 0 that the box reaches to the end. */
function extentOf(bytes: Buffer, at: number): { head: number; length: number } {
  const size = bytes.readUInt32BE(at);
  if (size === 0) return { head: HEAD_BYTES, length: bytes.length - at };
  if (size !== 1) return { head: HEAD_BYTES, length: size };
  return { head: LARGE_HEAD_BYTES, length: Number(bytes.readBigUInt64BE(at + HEAD_BYTES)) };
}

export function boxOf(boxes: readonly Box[], type: string): Buffer | undefined {
  return boxes.find((box) => box.type === type)?.data;
}

/** Reads numbers one after the other. */
export class BoxReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @param bytes 0 to 8; 0 bytes read as 0 */
  uint(bytes: number): number {
    const from = this.#at;
    this.#at += bytes;
    if (bytes === 0) return 0;
    if (bytes <= 6) return this.#bytes.readUIntBE(from, bytes);
    return Number(this.#bytes.readBigUInt64BE(from));
  }

  /** Version and flags of a full box. */
  versionAndFlags(): { version: number; flags: number } {
    return { version: this.uint(1), flags: this.uint(3) };
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }
}
