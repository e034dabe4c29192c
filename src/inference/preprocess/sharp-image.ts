import sharp, { type Sharp } from 'sharp';
import { ServiceError } from '../../common/errors.ts';
import type { ImageFormat } from './format/image-format.ts';
import { decodeHeic, heicSize } from './heic.ts';
import { toOrientation } from './orientation.ts';
import {
  type ColorPlanes,
  type GrayPicture,
  type ImageHeader,
  cutTo,
  planeOf,
  rec601Luma,
  type Region,
} from './picture.ts';
import { coverRegion, coverScale } from './resample-plan.ts';
import type { PreprocessLimits, Size } from './spec.ts';

/**
 * One thread per picture, because many are decoded at the same time; no cache, because no file is decoded twice.
 * All loaders but those of the supported formats are blocked: libvips would also open SVG, PDF and more.
 */
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map(
    (format) => `VipsForeignLoad${format}Buffer`,
  ),
});

export { sharp };

/** Where the major brand of an ISO base media file stands. */
const BRAND_AT = 8;

/**
 * An animated AVIF as the still picture that it also holds: libvips refuses the brand of sequences. Other files are returned as
 * they are.
 */
export function asStillPicture(file: Buffer): Buffer {
  if (file.toString('latin1', BRAND_AT - 4, BRAND_AT + 4) !== 'ftypavis') return file;
  const still = Buffer.from(file);
  still.write('avif', BRAND_AT, 'latin1');
  return still;
}

/**
 * Opens a file for decoding. HEIC is decoded at once, by its own decoder.
 * @throws ServiceError `image_undecodable` if a HEIC file is damaged
 */
export async function openImage(
  file: Buffer,
  format: string,
  { maxPixels }: Pick<PreprocessLimits, 'maxPixels'>,
): Promise<Sharp> {
  const options = { limitInputPixels: maxPixels, failOn: 'error' } as const;
  if (format !== 'heic') return sharp(asStillPicture(file), options);
  const { data, width, height } = await decodeHeic(file).catch((error: unknown) =>
    throwUndecodable(format, error),
  );
  return sharp(data, { ...options, raw: { width, height, channels: 4 } });
}

/** The color that viewers show behind transparent photos. */
const BACKGROUND = '#ffffff';

/** @throws ServiceError `image_undecodable` */
export async function readImageHeader(file: Buffer, format: ImageFormat): Promise<ImageHeader> {
  if (format === 'heic') {
    const size = await heicSize(file).catch((error: unknown) => throwUndecodable(format, error));
    return { ...size, format, orientation: 1 };
  }
  const header = await sharp(asStillPicture(file), { limitInputPixels: false, failOn: 'error' })
    .metadata()
    .catch((error: unknown) => throwUndecodable(format, error));
  const { width, height, orientation } = header;
  return { width, height, format, orientation: toOrientation(orientation) };
}

/** A decoded part of a photo, and the requested region relative to it; the region may extend beyond the part. */
export interface DecodedRegion {
  picture: GrayPicture;
  /** Where colors are needed. */
  colors?: ColorPlanes | undefined;
  region: Region;
}

interface DecodeOptions extends PreprocessLimits {
  target: Size;
  region: Region;
  /** Larger pictures are decoded at this many times the target's size; our own kernel does the rest. */
  fineness: number;
  /** Whether colors are needed besides gray levels. */
  inColor?: boolean;
}

/**
 * Decodes any supported format with sharp: the first frame, on white, in sRGB, not yet oriented.
 * Only the part that a cover crop of the region can touch is kept, and large pictures are decoded at a reduced size.
 * @param region of the stored picture
 * @throws ServiceError `image_undecodable`, also for a truncated file; `decoding_too_costly` after the timeout
 */
export async function decodeImage(
  file: Buffer,
  header: ImageHeader,
  {
    target,
    region: wanted,
    fineness,
    inColor = false,
    maxPixels,
    timeoutSeconds = 0,
  }: DecodeOptions,
): Promise<DecodedRegion> {
  const reduced = intermediateSize(header, coverScale(wanted, target) / fineness);
  const region = scaleRegion(wanted, header, reduced);
  const part = partToDecode(region, reduced, target);
  const picture = await openImage(file, header.format, { maxPixels });
  picture.timeout({ seconds: timeoutSeconds });
  if (reduced.width < header.width) picture.resize({ ...reduced, fit: 'fill', kernel: 'linear' });
  const { data, info } = await picture
    .extract(part)
    .flatten({ background: BACKGROUND })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => throwUndecodable(header.format, error));
  const { width, height, channels } = info;
  return {
    picture: { width, height, gray: rec601Luma(data, channels), shortfall: 0 },
    ...(inColor ? { colors: colorsOf({ width, height }, data, channels) } : {}),
    region: { ...region, left: region.left - part.left, top: region.top - part.top },
  };
}

/** @param channels 1 for a gray photo, whose colors are equal */
function colorsOf(size: Size, samples: Uint8Array, channels: number): ColorPlanes {
  const plane = (channel: number): GrayPicture => ({
    ...size,
    gray: channels === 1 ? samples : planeOf(samples, channel, channels),
    shortfall: 0,
  });
  return [plane(0), plane(1), plane(2)];
}

/** @param scale source pixels per pixel of the intermediate */
function intermediateSize(source: Size, scale: number): Size {
  const reduction = Math.max(1, scale);
  return {
    width: Math.round(source.width / reduction),
    height: Math.round(source.height / reduction),
  };
}

function scaleRegion(region: Region, source: Size, reduced: Size): Region {
  const x = reduced.width / source.width;
  const y = reduced.height / source.height;
  return {
    left: region.left * x,
    top: region.top * y,
    width: region.width * x,
    height: region.height * y,
  };
}

/** The whole pixels of the cover crop and of its kernel's reach around it. */
function partToDecode(region: Region, picture: Size, target: Size): Region {
  const { left, top, width, height } = coverRegion(region, target);
  const reach = Math.max(coverScale(region, target), 1) + 1;
  const first = (at: number) => Math.floor(at - reach);
  const end = (at: number) => Math.ceil(at + reach);
  const part = {
    left: first(left),
    top: first(top),
    width: end(left + width) - first(left),
    height: end(top + height) - first(top),
  };
  return cutTo(part, picture);
}

/** @throws ServiceError `decoding_too_costly` after the timeout, else `image_undecodable` */
export function throwUndecodable(format: string, cause: unknown): never {
  if (cause instanceof Error && cause.message.startsWith('timeout')) {
    const detail =
      'Decoding the image took too long. Send a smaller one, or one of another format.';
    throw new ServiceError('decoding_too_costly', detail, { cause });
  }
  throw new ServiceError(
    'image_undecodable',
    `The ${format} image is damaged or truncated and cannot be decoded.`,
    { cause },
  );
}

/** A small upright JPEG of a photo without its metadata, at most `side` pixels wide and high. */
export async function thumbnailJpeg(bytes: Uint8Array, side: number): Promise<Buffer> {
  return sharp(bytes)
    .autoOrient()
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer();
}
