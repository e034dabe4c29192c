import { BitWriter } from './bits.ts';
import { CabacWriter } from './cabac.ts';

/** The side of a coding unit, in which all samples are stored as they are. */
const UNIT = 32;
const NO_COLOR = 128;

/** A gray picture whose sides are multiples of 32. */
export interface SquaredPicture {
  width: number;
  height: number;
  gray: Uint8Array;
}

/** The units of an HEVC stream that holds one picture, without start codes. */
export interface HevcPicture {
  vps: Buffer;
  sps: Buffer;
  pps: Buffer;
  slice: Buffer;
}

/** A picture in HEVC (ITU-T H.265), Main profile, with every sample stored as it is (`pcm_flag`). */
export function hevcPicture(picture: SquaredPicture): HevcPicture {
  return {
    vps: unit(32, videoParameters()),
    sps: unit(33, sequenceParameters(picture)),
    pps: unit(34, pictureParameters()),
    slice: unit(19, sliceOf(picture)),
  };
}

/** Adds the header, and the bytes that keep start codes out of the data (§7.4.2). */
function unit(type: number, payload: Buffer): Buffer {
  const bytes = [type << 1, 1];
  let zeros = 0;
  for (const byte of payload) {
    if (zeros === 2 && byte <= 3) {
      bytes.push(3);
      zeros = 0;
    }
    bytes.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(bytes);
}

/** Main profile and what it demands of the source, then level 6.2 (§7.3.3). */
export const PROFILE = Buffer.from('0160000000900000000000', 'hex');
export const LEVEL = 186;

function profile(bits: BitWriter): BitWriter {
  for (const byte of [...PROFILE, LEVEL]) bits.u(byte, 8);
  return bits;
}

function videoParameters(): Buffer {
  const bits = new BitWriter().u(0, 4).u(3, 2).u(0, 6).u(0, 3).u(1, 1).u(0xffff, 16);
  profile(bits).u(1, 1).ue(0, 0, 0).u(0, 6).ue(0).u(0, 1).u(0, 1);
  return bits.trail().bytes();
}

function sequenceParameters({ width, height }: SquaredPicture): Buffer {
  const bits = new BitWriter().u(0, 4).u(0, 3).u(1, 1);
  profile(bits).ue(0, 1, width, height).u(0, 1).ue(0, 0, 4).u(1, 1).ue(0, 0, 0);
  // Coding units of 32 samples, transforms of 4 to 32, no further division.
  bits.ue(2, 0, 0, 3, 0, 0).u(0, 1).u(0, 1).u(0, 1);
  // Raw samples of 8 bits in units of 32, without the loop filter.
  bits.u(1, 1).u(7, 4).u(7, 4).ue(2, 0).u(1, 1);
  return bits.ue(0).u(0, 1).u(0, 1).u(0, 1).u(0, 1).u(0, 1).trail().bytes();
}

function pictureParameters(): Buffer {
  const bits = new BitWriter().ue(0, 0).u(0, 1).u(0, 1).u(0, 3).u(0, 1).u(0, 1).ue(0, 0);
  bits.ue(0).u(0, 1).u(0, 1).u(0, 1).ue(0, 0).u(0, 1).u(0, 1).u(0, 1).u(0, 1).u(0, 1).u(0, 1);
  // Deblocking is switched off.
  bits.u(0, 1).u(1, 1).u(0, 1).u(1, 1).u(0, 1).u(0, 1).ue(0).u(0, 1).u(0, 1);
  return bits.trail().bytes();
}

function sliceOf({ width, height, gray }: SquaredPicture): Buffer {
  const bits = new BitWriter().u(1, 1).u(0, 1).ue(0, 2, 0).trail();
  const cabac = new CabacWriter(bits);
  for (let top = 0; top < height; top += UNIT) {
    for (let left = 0; left < width; left += UNIT) {
      cabac.likely();
      cabac.terminate(1);
      bits.align();
      for (let row = top; row < top + UNIT; row += 1)
        bits.raw(gray.subarray(row * width + left, row * width + left + UNIT));
      bits.raw(new Uint8Array((UNIT * UNIT) / 2).fill(NO_COLOR));
      cabac.begin();
      cabac.terminate(top + UNIT === height && left + UNIT === width ? 1 : 0);
    }
  }
  return bits.align().bytes();
}
