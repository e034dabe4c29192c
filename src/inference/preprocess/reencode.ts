import { ServiceError } from '../../common/errors.ts';
import { regionOf } from './crop.ts';
import { applyOrientation, displaySize, type Orientation } from './orientation.ts';
import { readPhotoHeader, toPhotoFacts, type PhotoHeader } from './format/photo-header.ts';
import { cutTo, storedRegion, wholeOf, type Region } from './picture.ts';
import { checkPixels, type PhotoCrop } from './preprocess.ts';
import { openImage, sharp, throwUndecodable } from './sharp-image.ts';
import { pictureSizeOf, type PreprocessLimits, type Size } from './spec.ts';

/** The part of a photo to keep, and the size to which it is reduced. */
export interface ReencodeOptions {
  /**
   * In pixels of the photo as displayed, rounded and cut to the photo; or as a request selects it; by default the whole photo.
   */
  part?: { region: Region } | PhotoCrop | undefined;
  /** Parts of the photo that are painted gray, such as other faces, except where they reach into what must stay visible. */
  hide?: { regions: readonly Region[]; except: Region } | undefined;
  /** Width and height of the result are no larger. */
  maxSide: number;
}

/** A new JPEG, upright and without metadata. */
export interface ReencodedPhoto extends Size {
  jpeg: Uint8Array;
  /** The part of the photo as displayed that it shows, in whole pixels. */
  region: Region;
}

const QUALITY = 90;

/**
 * Encodes a photo, or a part of it, as a JPEG with nothing but its pixels: no EXIF, no GPS, no profile, no preview. No pixel
 * outside the part reaches the result.
 * @param file of any format that can be read, also from strangers
 * @throws ServiceError `unsupported_image_format`, `image_undecodable`, `too_many_pixels`, `crop_outside_image`, or
 *   `decoding_too_costly` after the limit's timeout
 */
export async function reencodePhoto(
  file: Buffer,
  { part, hide, maxSide }: ReencodeOptions,
  limits: PreprocessLimits,
): Promise<ReencodedPhoto> {
  const header = await readPhotoHeader(file);
  checkPixels(header, limits);
  const region = regionIn(toPhotoFacts(header), part);
  const size = pictureSizeOf({ fit: 'inside', maxSide }, region);
  const pixels = await readPixels(file, header, { region, size, limits });
  const { width, height } = size;
  if (hide !== undefined) paintOver(pixels, size, hiddenIn(region, size, hide));
  const jpeg = await sharp(pixels.data, { raw: { width, height, channels: pixels.channels } })
    .jpeg({ quality: QUALITY })
    .toBuffer();
  return { jpeg, width, height, region };
}

function regionIn(photo: Size, part: ReencodeOptions['part']): Region {
  if (part === undefined) return wholeOf(photo);
  if ('crop' in part) return regionOf(part.crop, part.margin, photo);
  const { left, top, width, height } = part.region;
  const [right, bottom] = [Math.ceil(left + width), Math.ceil(top + height)];
  const first = { left: Math.floor(left), top: Math.floor(top) };
  const whole = { ...first, width: right - first.left, height: bottom - first.top };
  const cut = cutTo(whole, photo);
  if (cut.width > 0 && cut.height > 0) return cut;
  throw new ServiceError('crop_outside_image', 'The part of the image lies outside it.');
}

/** Moves the regions from pixels of the photo to pixels of the result. */
function hiddenIn(
  shown: Region,
  size: Size,
  { regions, except }: NonNullable<ReencodeOptions['hide']>,
): NonNullable<ReencodeOptions['hide']> {
  const [perX, perY] = [size.width / shown.width, size.height / shown.height];
  const moved = ({ left, top, width, height }: Region): Region => ({
    left: (left - shown.left) * perX,
    top: (top - shown.top) * perY,
    width: width * perX,
    height: height * perY,
  });
  return { regions: regions.map(moved), except: moved(except) };
}

const GRAY = 128;

function paintOver(
  { data, channels }: Pixels,
  size: Size,
  { regions, except }: NonNullable<ReencodeOptions['hide']>,
): void {
  for (const region of regions) {
    const { left, top, width, height } = cutTo(region, size);
    for (let y = Math.floor(top); y < top + height; y += 1) {
      for (let x = Math.floor(left); x < left + width; x += 1) {
        if (holds(except, x, y)) continue;
        const at = (y * size.width + x) * channels;
        data.fill(GRAY, at, at + channels);
      }
    }
  }
}

function holds({ left, top, width, height }: Region, x: number, y: number): boolean {
  return x >= left && y >= top && x < left + width && y < top + height;
}

interface Pixels {
  data: Uint8Array;
  channels: 1 | 3;
}

/** Interleaved samples of a region, upright and at its new size. */
async function readPixels(
  file: Buffer,
  header: PhotoHeader,
  { region, size, limits }: { region: Region; size: Size; limits: PreprocessLimits },
): Promise<Pixels> {
  const { maxPixels, timeoutSeconds = 0 } = limits;
  const { orientation } = header;
  const stored = displaySize(size, orientation);
  const opened = await openImage(file, header.format, { maxPixels });
  const { data, info } = await opened
    .timeout({ seconds: timeoutSeconds })
    .extract(storedRegion(region, header, orientation))
    .resize({ ...stored, fit: 'fill' })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => throwUndecodable(header.format, error));
  const channels = info.channels === 1 ? 1 : 3;
  return { data: turned(data, { ...stored, channels }, orientation), channels };
}

/** Applies an orientation to each channel. */
function turned(
  data: Uint8Array,
  { channels, ...size }: Size & { channels: 1 | 3 },
  orientation: Orientation,
): Uint8Array {
  if (orientation === 1) return data;
  const result = new Uint8Array(data.length);
  for (let channel = 0; channel < channels; channel += 1) {
    const plane = new Uint8Array(size.width * size.height);
    for (let at = 0; at < plane.length; at += 1) plane[at] = data[at * channels + channel]!;
    const upright = applyOrientation(plane, size, orientation);
    for (let at = 0; at < plane.length; at += 1) result[at * channels + channel] = upright[at]!;
  }
  return result;
}
