import { ownValue } from '../../../common/own-value.ts';
import { readHeifItems } from './heif-items.ts';
import { readTiffDirectories, type TiffTags } from './tiff-directory.ts';

/**
 * Names what a file of a readable format is where it is coded in a way that is not read, so that it is neither called damaged
 * nor decoded to false pixels. Undefined for files that are read, and for damaged ones, which decoding reports.
 */
export function unreadKind(file: Buffer, format: string): string | undefined {
  try {
    const kind = kinds.get(format)?.(file);
    return kind && `${kind} is not read`;
  } catch {
    return undefined;
  }
}

type NameKind = (file: Buffer) => string | undefined;

const kinds: ReadonlyMap<string, NameKind> = new Map([
  ['jpeg', jpegKind],
  ['tiff', (file) => tiffKind(readTiffDirectories(file).first)],
  ['avif', (file) => sequenceKind(file, 'AVIF')],
  ['heic', heicKind],
]);

const SOS = 0xda;
const JPEG_LS = 0xf7;
/** Profiles, previews and texts take a few hundred segments at most. */
const MAX_SEGMENTS = 4096;

/** By the start of the frame (ITU-T T.81 table B.1; ISO/IEC 14495-1 for JPEG-LS). */
function jpegKind(file: Buffer): string | undefined {
  const frame = startOfFrame(file);
  if (frame === undefined) return undefined;
  const { marker, at } = frame;
  if (marker === JPEG_LS) return 'JPEG-LS';
  if ([0xc3, 0xc7, 0xcb, 0xcf].includes(marker)) return 'Lossless JPEG';
  if ([0xc5, 0xc6, 0xcd, 0xce].includes(marker)) return 'Hierarchical JPEG';
  const [bits, components] = [file.readUInt8(at + 4), file.readUInt8(at + 9)];
  if (bits !== 8) return `A JPEG with ${bits} bits per sample`;
  return [1, 3, 4].includes(components) ? undefined : `A JPEG with ${components} components`;
}

function startOfFrame(file: Buffer): { marker: number; at: number } | undefined {
  let at = 2;
  for (let segment = 0; segment < MAX_SEGMENTS; segment += 1) {
    at = file.indexOf(0xff, at);
    if (at < 0) return undefined;
    const marker = file.readUInt8(at + 1);
    if (marker === SOS) return undefined;
    if (isStartOfFrame(marker)) return { marker, at };
    at += hasSegment(marker) ? 2 + file.readUInt16BE(at + 2) : marker === 0xff ? 1 : 2;
  }
  return undefined;
}

/** SOF0 to SOF15, without DHT, JPG and DAC; and that of JPEG-LS. */
function isStartOfFrame(marker: number): boolean {
  const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
  return isFrame || marker === JPEG_LS;
}

/** Fill bytes, restart markers, zeros in data and the like have none. */
function hasSegment(marker: number): boolean {
  return marker >= 0xc0 && marker < 0xff && !(marker >= 0xd0 && marker <= 0xd8);
}

const NEW_SUBFILE_TYPE = 254;
const BITS_PER_SAMPLE = 258;
const COMPRESSION = 259;
const PHOTOMETRIC = 262;
const SUB_DIRECTORIES = 330;
const SAMPLE_FORMAT = 339;
const DNG_VERSION = 50_706;

const photometricKinds: Readonly<Record<number, string>> = {
  4: 'A TIFF that is a transparency mask',
  8: 'A TIFF in CIELab',
  9: 'A TIFF in ICCLab',
  10: 'A TIFF in ITULab',
  32_803: "A camera's raw file",
  32_844: 'A TIFF in LogL',
  32_845: 'A TIFF in LogLuv',
  34_892: "A camera's raw file",
};
const sampleKinds: Readonly<Record<number, string>> = {
  2: 'A TIFF with signed samples',
  3: 'A TIFF with floating-point samples',
  5: 'A TIFF with complex samples',
  6: 'A TIFF with complex samples',
};
const compressionKinds: Readonly<Record<number, string>> = {
  33_003: 'A TIFF compressed as JPEG 2000',
  33_005: 'A TIFF compressed as JPEG 2000',
  34_712: 'A TIFF compressed as JPEG 2000',
  34_887: 'A TIFF compressed with LERC',
  34_925: 'A TIFF compressed with LZMA',
  50_000: 'A TIFF compressed with Zstandard',
  50_002: 'A TIFF compressed as JPEG XL',
};

/** By the first directory (TIFF 6.0; Adobe's DNG specification). The first picture of a raw file is often only its preview. */
function tiffKind(tags: TiffTags): string | undefined {
  if (tags.has(DNG_VERSION)) return "A camera's raw file (DNG)";
  const isPreview = (firstOf(tags, NEW_SUBFILE_TYPE, 0) & 1) === 1;
  if (isPreview && tags.has(SUB_DIRECTORIES)) return "A camera's raw file";
  const bits = Math.max(1, ...(tags.get(BITS_PER_SAMPLE) ?? []));
  return (
    photometricKinds[firstOf(tags, PHOTOMETRIC, -1)] ??
    sampleKinds[firstOf(tags, SAMPLE_FORMAT, 1)] ??
    compressionKinds[firstOf(tags, COMPRESSION, 1)] ??
    (bits > 16 ? `A TIFF with ${bits} bits per sample` : undefined)
  );
}

function firstOf(tags: TiffTags, tag: number, absent: number): number {
  return tags.get(tag)?.[0] ?? absent;
}

/** A sequence without a still picture has no meta box of its own (ISO/IEC 23008-12 §7). */
function sequenceKind(file: Buffer, name: string): string | undefined {
  let at = 0;
  let isMovie = false;
  while (at + 8 <= file.length) {
    const [length, type] = [file.readUInt32BE(at), file.toString('latin1', at + 4, at + 8)];
    if (type === 'meta') return undefined;
    isMovie ||= type === 'moov';
    if (length < 8) break;
    at += length;
  }
  return isMovie ? `An animated ${name} without a still picture` : undefined;
}

/** The major brands that the decoder takes. */
const HEIC_BRANDS = new Set(['heic', 'heix', 'hevc', 'hevx', 'mif1', 'msf1']);
/** Pictures in HEVC, and those that are assembled from others. */
const HEIC_ITEMS = new Set(['hvc1', 'grid', 'iden', 'iovl']);
const codecs: Readonly<Record<string, string>> = {
  av01: 'AV1',
  avc1: 'AVC',
  j2k1: 'JPEG 2000',
  jpeg: 'JPEG',
  unci: 'uncompressed samples',
  vvc1: 'VVC',
};

/** By the brand and by the codec of the primary picture and its parts (ISO/IEC 23008-12 §6 and annexes B to E). */
function heicKind(file: Buffer): string | undefined {
  if (!HEIC_BRANDS.has(file.toString('latin1', 8, 12))) return 'A HEIF file of this brand';
  const sequence = sequenceKind(file, 'HEIC');
  if (sequence !== undefined) return sequence;
  const { primary, items } = readHeifItems(file);
  const shown = [primary, ...(items.get(primary)?.parts ?? [])];
  const other = shown
    .map((id) => items.get(id)?.type)
    .find((type) => type && !HEIC_ITEMS.has(type));
  return other === undefined
    ? undefined
    : `A HEIF picture in ${ownValue(codecs, other) ?? 'another codec'}`;
}
