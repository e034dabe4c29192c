import type { ImageFormat } from '../../preprocess/format/image-format.ts';
import type { Orientation } from '../../preprocess/orientation.ts';
import type { Size } from '../../preprocess/spec.ts';

/** What decoding a photo costs at most: an estimate from its header, with a margin. */
export interface DecodeCost {
  /** Memory that the decoder takes beyond what a process holds anyway. */
  memoryBytes: number;
  /** Time of one core of the machine of docs/decoding.md; others are up to a few times faster or slower. */
  cpuMs: number;
}

/**
 * How much of a photo's detail is needed: what a network's input shows of the whole photo, what finding faces in it takes, or
 * all of it for a part of the photo.
 */
export type DecodedDetail = 'reduced' | 'half' | 'full';

/** How much detail decoding a photo needs, by whether faces are searched in it and whether a part of it is asked for. */
export function detailOf(isSearched: boolean, hasCrop: boolean): DecodedDetail {
  if (hasCrop) return 'full';
  return isSearched ? 'half' : 'reduced';
}

/** A photo as its header describes it, read without any native code. */
export interface CodedPicture extends Size {
  orientation: Orientation;
  cost: DecodeCost;
}

/** A coded picture with the format of its file. */
export interface PhotoFileHeader extends CodedPicture {
  format: ImageFormat;
}

/** Linear terms of a decoder's cost. */
export interface CostTerms {
  /** Bytes of memory per pixel that the decoder holds at the same time. */
  bytesPerPixel: number;
  /** Bytes of memory beyond that, such as a window of rows. */
  extraBytes?: number;
  nsPerPixel: number;
  /** Nanoseconds for each byte of the file, which entropy decoding takes. */
  nsPerByte: number;
}

/** What every decoding takes: the pipeline's buffers, and a copy of the file in the process that decodes it. */
const BASE_BYTES = 6_000_000;
const BASE_MS = 10;

/** @param pixels all that are decoded, which may be more than the picture shows */
export function costOf(pixels: number, fileBytes: number, terms: CostTerms): DecodeCost {
  const { bytesPerPixel, extraBytes = 0, nsPerPixel, nsPerByte } = terms;
  const memoryBytes = BASE_BYTES + fileBytes + extraBytes + pixels * bytesPerPixel;
  const cpuMs = BASE_MS + (pixels * nsPerPixel + fileBytes * nsPerByte) / 1e6;
  return { memoryBytes: Math.ceil(memoryBytes), cpuMs: Math.ceil(cpuMs) };
}
