import { ServiceError } from '../../common/errors.ts';
import { regionOf, type Crop } from './crop.ts';
import { decodePooledJpeg, decodeQuickJpeg, fastJpeg } from './fast-jpeg.ts';
import type { JpegHeader } from './jpeg-header.ts';
import { applyOrientation, displaySize } from './orientation.ts';
import { readPhotoHeader, toPhotoFacts } from './photo-header.ts';
import { type ImageHeader, storedRegion, wholeOf, type Region } from './picture.ts';
import { cover, coverInSlices } from './resample.ts';
import { decodeImage } from './sharp-image.ts';
import type { Size, PreprocessedPhoto, PreprocessLimits, PreprocessSpec } from './spec.ts';

/** A face in a smaller picture cannot be estimated. */
const MIN_SIDE = 16;

/** The part of a photo, as displayed, that holds the face. */
export interface PhotoCrop {
  crop: Crop;
  /** On each side, as a share of the crop's width and height. */
  margin: number;
}

/**
 * Converts a photo's file to the gray levels of the network's input; training and serving both use it.
 * Ordinary JPEGs take a fast path that decodes only their luma; everything else goes through sharp. Cropping, resampling
 * and EXIF orientation are the same code for both.
 *
 * @param crop the part to use instead of the whole photo; no pixel outside it has any effect
 * @returns gray levels in an ArrayBuffer of exactly their size, so that it can be transferred
 * @throws ServiceError `unsupported_image_format`, `too_many_pixels`, `image_too_small`, `crop_outside_image` or
 *   `image_undecodable`
 */
export async function preprocess(
  bytes: Uint8Array,
  spec: PreprocessSpec,
  limits: PreprocessLimits,
  crop?: PhotoCrop,
): Promise<PreprocessedPhoto> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = await readPhotoHeader(file);
  checkSize(header, limits);
  const facts = toPhotoFacts(header);
  const shown = regionToUse(facts, crop);
  const target = displaySize(spec, header.orientation);
  const region = storedRegion(shown, header, header.orientation);
  const stored =
    (header.jpeg && (await viaFastPath(file, header.jpeg, { target, region }))) ??
    (await viaSharp(file, header, { target, region, ...limits }));
  return {
    pixels: applyOrientation(stored, target, header.orientation),
    photo: { width: shown.width, height: shown.height, format: facts.format },
  };
}

/** The region in pixels of the displayed photo. */
function regionToUse(photo: Size, wanted: PhotoCrop | undefined): Region {
  if (wanted === undefined) return wholeOf(photo);
  const region = regionOf(wanted.crop, wanted.margin, photo);
  checkSide(region, 'The crop');
  return region;
}

/** In pixels of the stored picture. */
interface StoredRegion {
  target: Size;
  region: Region;
}

/** Undefined if the file does not qualify, or libjpeg complains: sharp distinguishes harmless faults from fatal ones. */
async function viaFastPath(
  file: Buffer,
  header: JpegHeader,
  { target, region }: StoredRegion,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const path = fastJpeg(file, header);
  if (path === undefined) return undefined;
  try {
    if (path === 'quick') return cover(decodeQuickJpeg(file), target, region);
    return await coverInSlices(await decodePooledJpeg(file, header), target, region);
  } catch {
    return undefined;
  }
}

async function viaSharp(
  file: Buffer,
  header: ImageHeader,
  options: StoredRegion & PreprocessLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const { picture, region } = await decodeImage(file, header, options);
  return coverInSlices(picture, options.target, region);
}

function checkSize({ width, height }: ImageHeader, { maxPixels }: PreprocessLimits): void {
  if (width * height > maxPixels) {
    throw new ServiceError(
      'too_many_pixels',
      `The image has ${width}×${height} pixels; at most ${maxPixels} are accepted.`,
    );
  }
  checkSide({ width, height }, 'The image');
}

function checkSide({ width, height }: Size, what: string): void {
  if (Math.min(width, height) < MIN_SIDE) {
    throw new ServiceError(
      'image_too_small',
      `${what} has ${width}×${height} pixels; at least ${MIN_SIDE} on either side are needed.`,
    );
  }
}
