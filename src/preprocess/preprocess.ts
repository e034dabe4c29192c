import { setImmediate } from 'node:timers/promises';
import { ServiceError } from '../errors.ts';
import { decodeOrdinaryJpeg, isOrdinaryJpeg } from './fast-jpeg.ts';
import type { GreyPicture } from './grey-picture.ts';
import { readJpegHeader } from './jpeg-header.ts';
import { applyOrientation, displaySize } from './orientation.ts';
import { coverPlan, resampleRows, type Size } from './resample.ts';
import type { PreprocessedPhoto, PreprocessLimits, PreprocessSpec } from './spec.ts';

export async function preprocess(
  bytes: Uint8Array,
  spec: PreprocessSpec,
  limits: PreprocessLimits,
): Promise<PreprocessedPhoto> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readJpegHeader(file);
  if (!header || !isOrdinaryJpeg(header))
    throw new ServiceError('unsupported_image_format', 'Not an ordinary JPEG.');
  if (header.width * header.height > limits.maxPixels)
    throw new ServiceError('too_many_pixels', 'Too many pixels.');
  let decoded = decodeOrdinaryJpeg(file, header);
  if (decoded instanceof Promise) decoded = await decoded;
  const target = displaySize(spec, header.orientation);
  const stored = await toSize(decoded, target);
  return {
    pixels: applyOrientation(stored, target, header.orientation),
    photo: { ...displaySize(header, header.orientation), format: 'jpeg' },
  };
}

/** Source pixels resampled in one go, about a millisecond's worth. */
const SLICE_PIXELS = 1 << 18;

async function toSize(picture: GreyPicture, target: Size): Promise<Uint8Array<ArrayBuffer>> {
  const plan = coverPlan({ width: picture.width, height: picture.height }, target);
  const output = new Uint8Array(target.width * target.height);
  const slices = Math.ceil((picture.width * picture.height) / SLICE_PIXELS);
  for (let i = 0; i < slices; i++) {
    if (i > 0) await setImmediate();
    const row = (slice: number) => Math.floor((slice * target.height) / slices);
    resampleRows(plan, picture.grey, output, row(i), row(i + 1));
  }
  return output;
}
