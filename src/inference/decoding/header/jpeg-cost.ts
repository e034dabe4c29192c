import type { JpegHeader } from '../../preprocess/format/jpeg-header.ts';
import { type CodedPicture, costOf, type DecodedDetail } from './coded-picture.ts';
import { DamagedHeaderError } from '../../preprocess/format/damaged-header.ts';

const SOS = 0xda;
const EOI = 0xd9;
const startOfScan = Buffer.of(0xff, SOS);
/** Profiles, previews and texts take a few hundred segments at most. */
const MAX_SEGMENTS = 4096;
/** libvips refuses more. */
const MAX_SCANS = 100;
/** A coefficient of a picture that must be read in whole takes two bytes, and a little for the incomplete blocks. */
const COEFFICIENT_BYTES = 2.1;
/** Rows that the pipeline keeps of a picture that is read row by row. */
const WINDOW_ROWS: Record<DecodedDetail, number> = { reduced: 64, half: 400, full: 1600 };
/** Nanoseconds per pixel and component, and per pixel where a profile is applied. */
const TRANSFORM_NS: Record<DecodedDetail, number> = { reduced: 2.5, half: 4, full: 7 };
const PROFILE_NS: Record<DecodedDetail, number> = { reduced: 7, half: 12, full: 28 };

interface Frame {
  width: number;
  height: number;
  components: number;
  /** Samples per pixel, with the chroma's subsampling. */
  samples: number;
  /** Whether all scans must be read before the first row is ready: progressive and the like. */
  isBuffered: boolean;
  isArithmetic: boolean;
}

/** What a JPEG's segments say beyond `JpegHeader`. */
export interface JpegCoding extends Frame {
  scans: number;
}

/**
 * Reads size and cost of a JPEG (ITU-T T.81). Bytes between segments are skipped, as libjpeg does, so that the cost of a file
 * is known even where `readJpegHeader` does not accept it.
 * @param header what `readJpegHeader` read, if it accepts the file
 * @throws DamagedHeaderError or RangeError
 */
export function readJpegCost(
  file: Buffer,
  header: JpegHeader | undefined,
  detail: DecodedDetail,
): CodedPicture & { coding: JpegCoding } {
  const coding = readCoding(file);
  const { width, height, components, samples, isBuffered, isArithmetic } = coding;
  // CMYK is converted by a profile even where the file has none.
  const hasProfile = header?.hasIccProfile !== false || components === 4;
  const cost = costOf(width * height, file.length, {
    bytesPerPixel: isBuffered ? samples * COEFFICIENT_BYTES : 0,
    extraBytes: windowBytes(coding, detail),
    nsPerPixel: nsPerPixel(coding, hasProfile, detail),
    nsPerByte: isArithmetic ? 120 : isBuffered ? 50 : 25,
  });
  return { width, height, orientation: header?.orientation ?? 1, cost, coding };
}

/** Rows at full size where a part is asked for, else at the size to which the decoder reduces the photo. */
function windowBytes({ width, height, components }: Frame, detail: DecodedDetail): number {
  return Math.min(height, WINDOW_ROWS[detail]) * width * components;
}

function nsPerPixel(
  { components, samples, isBuffered, scans }: JpegCoding,
  hasProfile: boolean,
  detail: DecodedDetail,
): number {
  const transform = TRANSFORM_NS[detail] * components * (components === 4 ? 2.5 : 1);
  const profile = hasProfile ? PROFILE_NS[detail] : 0;
  return transform + profile + (isBuffered ? samples * (10 + scans) : 0);
}

function readCoding(file: Buffer): JpegCoding {
  let frame: Frame | undefined;
  let at = 2;
  for (let segment = 0; segment < MAX_SEGMENTS; segment += 1) {
    at = file.indexOf(0xff, at);
    if (at < 0) break;
    const marker = file.readUInt8(at + 1);
    if (marker === EOI) break;
    if (marker === SOS) {
      if (frame === undefined) break;
      const scans = countScans(file, at);
      const isSplit = file.readUInt8(at + 4) < frame.components;
      return { ...frame, scans, isBuffered: frame.isBuffered || isSplit || scans > 1 };
    }
    if (hasSegment(marker)) {
      if (isStartOfFrame(marker)) frame = readFrame(marker, file, at + 4);
      at += 2 + file.readUInt16BE(at + 2);
    } else at += marker === 0xff ? 1 : 2;
  }
  throw new DamagedHeaderError('no scan was found');
}

/** Fill bytes, restart markers, zeros in data and the like have none. */
function hasSegment(marker: number): boolean {
  return marker >= 0xc0 && marker < 0xff && !(marker >= 0xd0 && marker <= 0xd8);
}

/** SOF0 to SOF15, without DHT, JPG and DAC. */
function isStartOfFrame(marker: number): boolean {
  return marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function readFrame(marker: number, file: Buffer, at: number): Frame {
  const components = file.readUInt8(at + 5);
  const factors = Array.from({ length: components }, (_, index) => {
    const sampling = file.readUInt8(at + 7 + 3 * index);
    return (sampling >> 4) * (sampling & 0xf);
  });
  const samples = factors.reduce((sum, factor) => sum + factor, 0) / Math.max(1, ...factors);
  const [height, width] = [file.readUInt16BE(at + 1), file.readUInt16BE(at + 3)];
  if (width * height === 0) throw new DamagedHeaderError('its frame has no size');
  return {
    ...{ width, height, components, samples: Math.max(1, samples) },
    isBuffered: marker > 0xc1,
    isArithmetic: marker >= 0xc9,
  };
}

function countScans(file: Buffer, from: number): number {
  let scans = 0;
  for (let at = from; at >= 0 && scans <= MAX_SCANS; at = file.indexOf(startOfScan, at + 2))
    scans += 1;
  return scans;
}
