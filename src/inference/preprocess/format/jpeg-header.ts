import { exifOrientation, type Orientation } from '../orientation.ts';

/** The header of a JPEG up to its first scan (ITU-T T.81, Annex B). */
export interface JpegHeader {
  width: number;
  height: number;
  /** 1 and 3 for ordinary photos; CMYK has 4. */
  components: number;
  /** Bits per sample. */
  precision: number;
  process: 'baseline' | 'progressive' | 'other';
  /** The file is gray, or YCbCr according to JFIF, Adobe's marker or component numbers 1, 2, 3. */
  luminanceFirst: boolean;
  hasIccProfile: boolean;
  orientation: Orientation;
  /** Smallest step in the first component's quantization table, which is small at high quality; 0 if unknown. */
  finestStep: number;
  /** Offset of the first start-of-scan marker. */
  scanOffset: number;
}

type Frame = Pick<JpegHeader, 'width' | 'height' | 'components' | 'precision' | 'process'> & {
  numbered: boolean;
  quantizationTable: number;
};

interface Markers {
  frame?: Frame | undefined;
  jfif: boolean;
  adobeTransform?: number | undefined;
  hasIccProfile: boolean;
  /** The orientation in the first EXIF segment; undefined until one is found. */
  orientation?: Orientation | undefined;
  /** The smallest step of each quantization table, by its number. */
  finestSteps: Map<number, number>;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DQT = 0xdb;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
const ADOBE_YCBCR = 1;
const EXIF_NAME = 'Exif';
const scanMarker = Buffer.of(0xff, SOS);

/** Reads the header; undefined unless the bytes are a JPEG up to the first scan. */
export function readJpegHeader(bytes: Buffer): JpegHeader | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) return undefined;
  const found: Markers = {
    jfif: false,
    hasIccProfile: false,
    finestSteps: new Map(),
  };
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === SOS) return toHeader(found, at);
    if (marker === EOI) return undefined;
    if (marker === 0xff) at += 1;
    else if (hasNoLength(marker)) at += 2;
    else {
      const length = bytes.readUInt16BE(at + 2);
      readSegment(marker, bytes.subarray(at + 4, at + 2 + length), found);
      at += 2 + length;
    }
  }
  return undefined;
}

/** TEM and restart markers have no segment. */
function hasNoLength(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

function readSegment(marker: number, segment: Buffer, found: Markers): void {
  if (isStartOfFrame(marker)) found.frame = readFrame(marker, segment) ?? found.frame;
  else if (marker === DQT) readQuantization(segment, found.finestSteps);
  else if (marker === APP0) found.jfif ||= startsWith(segment, 'JFIF\0');
  else if (marker === APP1) readExif(segment, found);
  else if (marker === APP2) found.hasIccProfile ||= startsWith(segment, 'ICC_PROFILE\0');
  else if (marker === APP14 && startsWith(segment, 'Adobe')) found.adobeTransform = segment[11];
}

/**
 * Only the first segment that libvips accepts as EXIF counts, even if it names no orientation. Later segments are ignored.
 */
function readExif(segment: Buffer, found: Markers): void {
  if (segment.length <= EXIF_NAME.length || !startsWith(segment, EXIF_NAME)) return;
  const head = `${EXIF_NAME}\0\0`;
  found.orientation ??= startsWith(segment, head)
    ? exifOrientation(segment.subarray(head.length))
    : 1;
}

/** Tables of 64 steps, each after a byte with precision and number (§B.2.4.1). Stops at a table of 16-bit steps. */
function readQuantization(segment: Buffer, finestSteps: Map<number, number>): void {
  for (let at = 0; at < segment.length; at += 65) {
    if (segment[at]! > 0x0f) return;
    finestSteps.set(segment[at]!, smallest(segment, at + 1, Math.min(at + 65, segment.length)));
  }
}

function smallest(bytes: Buffer, from: number, end: number): number {
  let least = Infinity;
  for (let at = from; at < end; at++) least = Math.min(least, bytes[at]!);
  return least;
}

function startsWith(segment: Buffer, text: string): boolean {
  return segment.toString('latin1', 0, text.length) === text;
}

/** SOF0 to SOF15, without DHT, JPG and DAC. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function readFrame(marker: number, segment: Buffer): Frame | undefined {
  const components = segment[5] ?? 0;
  if (segment.length < 6 + 3 * components) return undefined;
  return {
    precision: segment[0]!,
    height: segment.readUInt16BE(1),
    width: segment.readUInt16BE(3),
    components,
    process: marker <= 0xc1 ? 'baseline' : marker === 0xc2 ? 'progressive' : 'other',
    quantizationTable: segment[8]!,
    numbered: [1, 2, 3].every((number, i) => segment[6 + 3 * i] === number),
  };
}

/** Distinguishes YCbCr from RGB as libjpeg does (jdapimin.c, default_decompress_parms). */
function toHeader(found: Markers, scanOffset: number): JpegHeader | undefined {
  if (!found.frame || found.frame.width * found.frame.height === 0) return undefined;
  const { width, height, components, precision, process } = found.frame;
  const yCbCr =
    found.adobeTransform === undefined
      ? found.jfif || found.frame.numbered
      : found.adobeTransform === ADOBE_YCBCR;
  // Written out instead of spread because it runs for every photo, like predict/answered-photo.ts.
  return {
    width,
    height,
    components,
    precision,
    process,
    luminanceFirst: components === 1 || (components === 3 && yCbCr),
    hasIccProfile: found.hasIccProfile,
    orientation: found.orientation ?? 1,
    finestStep: found.finestSteps.get(found.frame.quantizationTable) ?? 0,
    scanOffset,
  };
}

/** Counts the scans of the file up to `limit`: a scan of a few bytes can cost as much work as a whole picture. */
export function countScans(bytes: Buffer, header: JpegHeader, limit: number): number {
  let scans = 0;
  let at = header.scanOffset;
  while (at >= 0 && scans < limit) {
    scans += 1;
    at = bytes.indexOf(scanMarker, at + 2);
  }
  return scans;
}
