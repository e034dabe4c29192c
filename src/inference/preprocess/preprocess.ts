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

/** Smaller pictures hold no face worth a guess. */
const MIN_SIDE = 16;

/** Which part of a photo holds the face, as displayed. */
export interface PhotoCrop {
  crop: Crop;
  /** As a share of the crop's width and height, on each side. */
  margin: number;
}

/**
 * Turns a photo's file into the network's input; training and serving both come through here.
 * Ordinary JPEGs take a fast path (their luma decoded alone), everything else goes through sharp;
 * cropping, resampling and EXIF orientation are the same code for both.
 *
 * @param wanted the part to take instead of the whole; its pixels are those of a file that holds nothing else
 * @returns grey levels in an ArrayBuffer of exactly their size, so that it can be transferred
 * @throws ServiceError `unsupported_image_format`, `too_many_pixels`, `image_too_small`, `crop_outside_image` or
 *   `image_undecodable`
 */
export async function preprocess(
  bytes: Uint8Array,
  spec: PreprocessSpec,
  limits: PreprocessLimits,
  wanted?: PhotoCrop,
): Promise<PreprocessedPhoto> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = await readPhotoHeader(file);
  checkSize(header, limits);
  const facts = toPhotoFacts(header);
  const shown = regionToTake(facts, wanted);
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

/** In pixels as displayed. */
function regionToTake(photo: Size, wanted: PhotoCrop | undefined): Region {
  if (wanted === undefined) return wholeOf(photo);
  const region = regionOf(wanted.crop, wanted.margin, photo);
  checkSide(region, 'The crop');
  return region;
}

/** As stored. */
interface Taken {
  target: Size;
  region: Region;
}

/** Undefined where the file is not for the fast path, or libjpeg complains: sharp tells harmless from fatal. */
async function viaFastPath(
  file: Buffer,
  header: JpegHeader,
  { target, region }: Taken,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const way = fastJpeg(file, header);
  if (way === undefined) return undefined;
  try {
    if (way === 'quick') return cover(decodeQuickJpeg(file), target, region);
    return await coverInSlices(await decodePooledJpeg(file, header), target, region);
  } catch {
    return undefined;
  }
}

async function viaSharp(
  file: Buffer,
  header: ImageHeader,
  taken: Taken & PreprocessLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const { picture, region } = await decodeImage(file, header, taken);
  return coverInSlices(picture, taken.target, region);
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
