import { ServiceError } from '../errors.ts';
import { sharp } from './configured-sharp.ts';
import type { GreyPicture, ImageHeader } from './grey-picture.ts';
import type { ImageFormat } from './image-format.ts';
import { rec601Luma } from './luma.ts';
import { toOrientation } from './orientation.ts';
import { coverScale } from './resample.ts';
import type { Size } from './size.ts';

/** A picture that must shrink by more is decoded at this many times the target's size; our own kernel does the rest. */
const INTERMEDIATE_SCALE = 3;

/** What viewers show behind transparent photos. */
const BACKGROUND = '#ffffff';

/** @throws ServiceError `image_undecodable` */
export async function readImageHeader(file: Buffer, format: ImageFormat): Promise<ImageHeader> {
  const header = await sharp(file, { limitInputPixels: false, failOn: 'error' })
    .metadata()
    .catch((error: unknown) => throwUndecodable(format, error));
  const { width, height, orientation } = header;
  return { width, height, format, orientation: toOrientation(orientation) };
}

/**
 * Decodes anything that sharp reads: the first frame, on white, in sRGB, not yet turned.
 * Only the centre that a cover crop can touch is decoded, and large pictures at a reduced size.
 * @throws ServiceError `image_undecodable`, also for a file cut short
 */
export async function decodeImage(
  file: Buffer,
  header: ImageHeader,
  target: Size,
  maxPixels: number,
): Promise<GreyPicture> {
  const reduced = intermediateSize(header, target);
  const picture = sharp(file, { limitInputPixels: maxPixels, failOn: 'error' });
  if (reduced.width < header.width) picture.resize({ ...reduced, fit: 'fill', kernel: 'linear' });
  const { data, info } = await picture
    .extract(centralRegion(reduced, target))
    .flatten({ background: BACKGROUND })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => throwUndecodable(header.format, error));
  const { width, height, channels } = info;
  return { width, height, grey: rec601Luma(data, channels), shortfall: 0 };
}

function intermediateSize(source: Size, target: Size): Size {
  const reduction = Math.max(1, coverScale(source, target) / INTERMEDIATE_SCALE);
  return {
    width: Math.round(source.width / reduction),
    height: Math.round(source.height / reduction),
  };
}

/** As many pixels off both sides as leave the cover crop and its kernel's reach untouched. */
function centralRegion(source: Size, target: Size): Size & { left: number; top: number } {
  const scale = coverScale(source, target);
  const margin = Math.max(scale, 1) + 1;
  const spare = (have: number, used: number) =>
    Math.max(0, Math.floor((have - used * scale) / 2 - margin));
  const left = spare(source.width, target.width);
  const top = spare(source.height, target.height);
  return { left, top, width: source.width - 2 * left, height: source.height - 2 * top };
}

function throwUndecodable(format: string, cause: unknown): never {
  throw new ServiceError(
    'image_undecodable',
    `The ${format} image is damaged or was cut short; it cannot be decoded.`,
    { cause },
  );
}
