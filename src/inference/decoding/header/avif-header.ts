import { type Av1Stream, readAv1Stream } from './av1-stream.ts';
import {
  type HeifItem,
  type HeifItems,
  itemOf,
  readHeifItems,
  statedSize,
  turned,
} from '../../preprocess/format/heif-items.ts';
import { type CodedPicture, costOf } from './coded-picture.ts';
import { DamagedHeaderError } from '../../preprocess/format/damaged-header.ts';
import { boxOf } from '../../preprocess/format/iso-boxes.ts';

/** Grids of grids; photos have one level. */
const MAX_DEPTH = 4;
const MAX_PICTURES = 4096;
/** Earlier frames that a decoder keeps. */
const MAX_KEPT_FRAMES = 10;

/** A plane of alpha, per pixel. */
const ALPHA_BYTES = 2;

/** What is decoded of one file, summed over its coded pictures. */
interface Work {
  streams: Map<HeifItem, Av1Stream>;
  pictures: number;
  bytes: number;
  nanoseconds: number;
}

/**
 * Reads the header of an AVIF: the primary picture with its tiles and its alpha. The sizes in the coded data count where
 * they are larger than those that the boxes state, because the decoder goes by them.
 * @throws DamagedHeaderError or RangeError
 */
export function readAvifHeader(file: Buffer): CodedPicture {
  const all = readHeifItems(file);
  const primary = itemOf(all, all.primary);
  const work: Work = { streams: new Map(), pictures: 0, bytes: 0, nanoseconds: 0 };
  addPicture(all, all.primary, work, 0);
  const stated = statedSize(primary);
  const pixels = stated.width * stated.height;
  const alphas = all.auxiliaries.get(all.primary) ?? [];
  // Alpha is decoded afterwards; of the primary picture only the samples are left then.
  const alpha: Work = { ...work, bytes: 0 };
  for (const id of alphas) addPicture(all, id, alpha, 0);
  work.bytes = Math.max(work.bytes, alpha.bytes) + alphas.length * pixels * ALPHA_BYTES;
  work.nanoseconds = alpha.nanoseconds;
  // The picture in RGB, and its copy in the pipeline.
  const outputBytes = pixels * (alphas.length > 0 ? 4 : 3) * (bitDepth(primary) > 8 ? 2 : 1);
  const cost = costOf(pixels, file.length, {
    bytesPerPixel: 0,
    extraBytes: work.bytes + outputBytes,
    nsPerPixel: work.nanoseconds / Math.max(1, pixels) + 40,
    nsPerByte: 150,
  });
  return { ...turned(stated, primary), orientation: 1, cost };
}

function addPicture(all: HeifItems, id: number, work: Work, depth: number): void {
  const item = itemOf(all, id);
  work.pictures += 1;
  if (depth > MAX_DEPTH || work.pictures > MAX_PICTURES) {
    throw new DamagedHeaderError('it has too many tiles');
  }
  const stated = statedSize(item);
  if (item.parts.length > 0) {
    work.bytes += stated.width * stated.height * 6;
    for (const part of item.parts) addPicture(all, part, work, depth + 1);
    return;
  }
  const { size, frames } = streamOf(item, work);
  const pixels = Math.max(stated.width * stated.height, (size?.width ?? 0) * (size?.height ?? 0));
  const { bytes, nanoseconds } = perPixel(item);
  work.bytes += pixels * bytes * Math.min(Math.max(frames, 1), MAX_KEPT_FRAMES);
  work.nanoseconds += pixels * nanoseconds * Math.max(frames, 1);
}

/** A grid may use an item many times. */
function streamOf(item: HeifItem, { streams }: Work): Av1Stream {
  const stream = streams.get(item) ?? readAv1Stream(item.data);
  streams.set(item, stream);
  return stream;
}

/** By the samples of a pixel: 1 to 3, by the chroma's subsampling. */
function perPixel(item: HeifItem): { bytes: number; nanoseconds: number } {
  const samples = samplesPerPixel(item);
  const isDeep = bitDepth(item) > 8;
  const bytes = isDeep ? 9 + 4.5 * samples : 13 + 1.2 * samples;
  return { bytes, nanoseconds: samples * (isDeep ? 130 : 90) };
}

/** The third byte of the codec's configuration (AV1-ISOBMFF §2.3.3). */
function configuration(item: HeifItem): number {
  return boxOf(item.properties, 'av1C')?.at(2) ?? 0;
}

function bitDepth(item: HeifItem): number {
  const bits = configuration(item);
  if ((bits & 0x40) === 0) return 8;
  return (bits & 0x20) === 0 ? 10 : 12;
}

function samplesPerPixel(item: HeifItem): number {
  const bits = configuration(item);
  if ((bits & 0x10) !== 0) return 1;
  return 1 + 2 / (((bits >> 3) & 1) + 1) / (((bits >> 2) & 1) + 1);
}
