import type { CancelSignal } from '../../common/cancellation.ts';
import { ServiceError } from '../../common/errors.ts';
import { regionOf, type Crop } from './crop.ts';
import { decodePooledJpeg, decodeQuickJpeg, fastJpeg } from './fast-jpeg.ts';
import { readJpegHeader, type JpegHeader } from './format/jpeg-header.ts';
import { applyOrientation, displaySize, type Orientation } from './orientation.ts';
import { readPhotoHeader, toPhotoFacts } from './format/photo-header.ts';
import {
  type ColorPlanes,
  type GrayPicture,
  type ImageHeader,
  interleave,
  storedRegion,
  wholeOf,
  type Region,
} from './picture.ts';
import { cover, coverInSlices } from './resample.ts';
import { decodeImage } from './sharp-image.ts';
import {
  isInColor,
  pictureSizeOf,
  type PhotoFacts,
  type PictureSpec,
  type PreprocessedPhoto,
  type PreprocessLimits,
  type Size,
} from './spec.ts';

/** A face in a smaller picture cannot be estimated. */
const MIN_SIDE = 16;

/**
 * How many times larger than needed a photo is decoded. A network's input is small, so that a fine intermediate costs little; a
 * picture in which faces are searched is large and need not be as exact.
 */
const fineness = { cover: 3, inside: 1.5 };

/** The part of a photo, as displayed, that holds the face. */
export interface PhotoCrop {
  crop: Crop;
  /** On each side, as a share of the crop's width and height. */
  margin: number;
}

/** `preprocess`, possibly within budgets; it rejects when the signal is aborted. */
export type Preprocess = (
  bytes: Uint8Array,
  spec: PictureSpec,
  limits: PreprocessLimits,
  crop: PhotoCrop | undefined,
  signal: CancelSignal,
) => Promise<PreprocessedPhoto>;

/** A decoded photo, as stored and at least as large as the network's input needs it; it is not yet cropped or oriented. */
export interface DecodedPhoto {
  picture: GrayPicture;
  /** Where the spec asks for color: pictures like the gray one. */
  colors?: ColorPlanes | undefined;
  /** The part of the picture to use, which may extend beyond it where the rest was not decoded. */
  region: Region;
  orientation: Orientation;
  /** The size of the whole photo, or of the requested part, as displayed. */
  photo: PhotoFacts;
  /** Where the part begins in the photo as displayed. */
  origin: { left: number; top: number };
}

/**
 * Converts a photo's file to the gray levels of the network's input, or to a picture in which faces are searched; training and
 * serving both use it.
 * Ordinary JPEGs take a fast path that decodes only their luma; everything else goes through sharp. Cropping, resampling
 * and EXIF orientation are the same code for both.
 *
 * @param crop the part to use instead of the whole photo; no pixel outside it has any effect
 * @returns gray levels, or colors where the spec asks for them, in an ArrayBuffer of exactly their size, so that it can be transferred
 * @throws ServiceError `unsupported_image_format`, `too_many_pixels`, `image_too_small`, `crop_outside_image` or
 *   `image_undecodable`, or `decoding_too_costly` after the limit's timeout
 */
export async function preprocess(
  bytes: Uint8Array,
  spec: PictureSpec,
  limits: PreprocessLimits,
  crop?: PhotoCrop,
): Promise<PreprocessedPhoto> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (
    preprocessQuickly(file, spec, limits, crop) ??
    resampleDecoded(await decodePhoto(file, spec, limits, crop), spec)
  );
}

/**
 * Preprocesses a small ordinary JPEG at once, in about a millisecond.
 * @returns undefined for any other photo, where color is needed, and where libjpeg complains
 * @throws as `preprocess`
 */
export function preprocessQuickly(
  file: Buffer,
  spec: PictureSpec,
  limits: PreprocessLimits,
  crop?: PhotoCrop,
): PreprocessedPhoto | undefined {
  if (isInColor(spec)) return undefined;
  const jpeg = readJpegHeader(file);
  if (jpeg === undefined || fastJpeg(file, jpeg) !== 'quick') return undefined;
  const { target, region, photo, origin } = planOf({ ...jpeg, format: 'jpeg' }, spec, limits, crop);
  try {
    const stored = cover(decodeQuickJpeg(file), target, region);
    return { pixels: applyOrientation(stored, target, jpeg.orientation), photo, origin };
  } catch {
    return undefined;
  }
}

/**
 * The first half of `preprocess`: decodes what a photo's network input needs.
 * @throws as `preprocess`
 */
export async function decodePhoto(
  file: Buffer,
  spec: PictureSpec,
  limits: PreprocessLimits,
  crop?: PhotoCrop,
): Promise<DecodedPhoto> {
  const header = await readPhotoHeader(file);
  const { orientation } = header;
  const { target, region, photo, origin } = planOf(header, spec, limits, crop);
  const inColor = isInColor(spec);
  const pooled = inColor ? undefined : header.jpeg && (await viaPool(file, header.jpeg));
  if (pooled !== undefined) return { picture: pooled, region, orientation, photo, origin };
  const decoded = await decodeImage(file, header, {
    target,
    region,
    fineness: fineness[spec.fit],
    inColor,
    ...limits,
  });
  return { ...decoded, orientation, photo, origin };
}

/** The second half of `preprocess`: crops, resamples and turns a decoded photo. */
export async function resampleDecoded(
  { picture, colors, region, orientation, photo, origin }: DecodedPhoto,
  spec: PictureSpec,
): Promise<PreprocessedPhoto> {
  const target = displaySize(pictureSizeOf(spec, photo), orientation);
  const shown = async (stored: GrayPicture) =>
    applyOrientation(await coverInSlices(stored, target, region), target, orientation);
  if (colors === undefined) return { pixels: await shown(picture), photo, origin };
  const planes: Uint8Array[] = [];
  for (const color of colors) planes.push(await shown(color));
  if (spec.fit === 'cover') return { pixels: interleave(planes), photo, origin };
  return { pixels: await shown(picture), colors: planes, photo, origin };
}

/** What to decode of a photo, in pixels of the stored picture. */
interface DecodePlan {
  target: Size;
  region: Region;
  photo: PhotoFacts;
  origin: { left: number; top: number };
}

function planOf(
  header: ImageHeader,
  spec: PictureSpec,
  limits: PreprocessLimits,
  crop: PhotoCrop | undefined,
): DecodePlan {
  checkPixels(header, limits);
  checkSide(header, 'The image');
  const facts = toPhotoFacts(header);
  const shown = regionToUse(facts, crop);
  return {
    target: displaySize(pictureSizeOf(spec, shown), header.orientation),
    region: storedRegion(shown, header, header.orientation),
    photo: { width: shown.width, height: shown.height, format: facts.format },
    origin: { left: shown.left, top: shown.top },
  };
}

/** The region in pixels of the displayed photo. */
function regionToUse(photo: Size, wanted: PhotoCrop | undefined): Region {
  if (wanted === undefined) return wholeOf(photo);
  const region = regionOf(wanted.crop, wanted.margin, photo);
  checkSide(region, 'The crop');
  return region;
}

/** Undefined if the file does not qualify, or libjpeg complains: sharp distinguishes harmless faults from fatal ones. */
async function viaPool(file: Buffer, header: JpegHeader): Promise<GrayPicture | undefined> {
  if (fastJpeg(file, header) === undefined) return undefined;
  try {
    return await decodePooledJpeg(file, header);
  } catch {
    return undefined;
  }
}

/** @throws ServiceError `too_many_pixels` */
export function checkPixels({ width, height }: Size, { maxPixels }: PreprocessLimits): void {
  if (width * height > maxPixels) {
    throw new ServiceError(
      'too_many_pixels',
      `The image has ${width}×${height} pixels; at most ${maxPixels} are accepted.`,
    );
  }
}

function checkSide({ width, height }: Size, what: string): void {
  if (Math.min(width, height) < MIN_SIDE) {
    throw new ServiceError(
      'image_too_small',
      `${what} has ${width}×${height} pixels; at least ${MIN_SIDE} on either side are needed.`,
    );
  }
}
