import { ServiceError } from '../../common/errors.ts';
import { readJpegHeader } from '../preprocess/format/jpeg-header.ts';
import type { DecodedDetail, PhotoFileHeader } from './header/coded-picture.ts';
import { readHeader } from './header/read-header.ts';

/** What the photos of one request may cost together. */
export interface RequestCostLimits {
  /** Most pixels of one photo; those of a request may have four times as many. */
  maxPixels: number;
  /** Estimated time, on one core. */
  maxCpuMs: number;
}

/** A request may have this many photos of the largest size: sixteen photos of 12 megapixels fit. */
export const LARGEST_PHOTOS = 4;

/**
 * Checks what the photos of a request cost together, by their headers. Photos that cannot be read or are too large on their own
 * cost nothing here, as each of them is refused by itself.
 * @param detail how much of each photo's detail is decoded
 * @throws ServiceError `too_many_pixels` or `decoding_too_costly`
 */
export function assertRequestCost(
  files: readonly Uint8Array[],
  { maxPixels, maxCpuMs }: RequestCostLimits,
  detail: DecodedDetail = 'reduced',
): void {
  if (files.length <= 1) return;
  const headers = files.flatMap((file) => headerOf(file, detail) ?? []);
  const accepted = headers.filter(({ width, height }) => width * height <= maxPixels);
  const pixels = accepted.reduce((sum, { width, height }) => sum + width * height, 0);
  const cpuMs = accepted.reduce((sum, { cost }) => sum + cost.cpuMs, 0);
  const most = LARGEST_PHOTOS * maxPixels;
  if (pixels > most) {
    throw new ServiceError(
      'too_many_pixels',
      `The images of the request have ${pixels} pixels together; at most ${most} are accepted (${LARGEST_PHOTOS} times MAX_PIXELS). Send fewer at a time.`,
    );
  }
  if (cpuMs > maxCpuMs) {
    throw new ServiceError(
      'decoding_too_costly',
      `Decoding the images of the request takes about ${cpuMs} ms; REQUEST_DEADLINE_MS allows ${maxCpuMs} ms. Send fewer at a time.`,
    );
  }
}

function headerOf(bytes: Uint8Array, detail: DecodedDetail): PhotoFileHeader | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readHeader(file, { jpeg: readJpegHeader(file), detail });
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}
