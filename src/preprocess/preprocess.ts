import { ServiceError } from '../errors.ts';
import { cover, coverInSlices } from './cover.ts';
import { decodePooledJpeg, decodeQuickJpeg, fastJpeg } from './fast-jpeg.ts';
import type { ImageHeader } from './grey-picture.ts';
import type { JpegHeader } from './jpeg-header.ts';
import { applyOrientation, displaySize } from './orientation.ts';
import { readPhotoHeader, toPhotoFacts } from './photo-header.ts';
import type { Size } from './size.ts';
import { decodeImage } from './sharp-image.ts';
import type { PreprocessedPhoto, PreprocessLimits, PreprocessSpec } from './spec.ts';

/** Smaller pictures hold no face worth a guess. */
const MIN_SIDE = 16;

/**
 * Turns a photo's file into the network's input; training and serving both come through here.
 * Ordinary JPEGs take a fast path (their luma decoded alone), everything else goes through sharp;
 * cover crop, resampling and EXIF orientation are the same code for both.
 *
 * @returns grey levels in an ArrayBuffer of exactly their size, so that it can be transferred
 * @throws ServiceError `unsupported_image_format`, `too_many_pixels`, `image_too_small` or `image_undecodable`
 */
export async function preprocess(
  bytes: Uint8Array,
  spec: PreprocessSpec,
  limits: PreprocessLimits,
): Promise<PreprocessedPhoto> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = await readPhotoHeader(file);
  checkSize(header, limits);
  const target = displaySize(spec, header.orientation);
  const stored =
    (header.jpeg && (await viaFastPath(file, header.jpeg, target))) ??
    (await coverInSlices(await decodeImage(file, header, target, limits.maxPixels), target));
  return {
    pixels: applyOrientation(stored, target, header.orientation),
    photo: toPhotoFacts(header),
  };
}

/** Undefined where the file is not for the fast path, or libjpeg complains: sharp tells harmless from fatal. */
async function viaFastPath(
  file: Buffer,
  header: JpegHeader,
  target: Size,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const way = fastJpeg(file, header);
  if (way === undefined) return undefined;
  try {
    if (way === 'quick') return cover(decodeQuickJpeg(file), target);
    return await coverInSlices(await decodePooledJpeg(file, header), target);
  } catch {
    return undefined;
  }
}

function checkSize({ width, height }: ImageHeader, { maxPixels }: PreprocessLimits): void {
  if (width * height > maxPixels) {
    throw new ServiceError(
      'too_many_pixels',
      `The image has ${width}×${height} pixels; at most ${maxPixels} are accepted.`,
    );
  }
  if (Math.min(width, height) < MIN_SIDE) {
    throw new ServiceError(
      'image_too_small',
      `The image has ${width}×${height} pixels; at least ${MIN_SIDE} on either side are needed.`,
    );
  }
}
