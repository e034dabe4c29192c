import { ServiceError } from '../../common/errors.ts';
import { cutTo, type Region } from './picture.ts';
import type { Size } from './spec.ts';

/** The part of the photo, as displayed, that holds the face: a rectangle, or the largest square in the middle. */
export type Crop = (Region & { unit: 'pixels' | 'fractions' }) | { unit: 'center' };

/** As JavaScript, Python and detectors print numbers. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i;
const NUMBER_MAX_LENGTH = 40;
const LARGEST = 1e6;
/** Detectors place boxes a little beyond the photo. What lies within this share of its width or height is cut off. */
const BEYOND = 0.02;

/** The numbers of a text such as `120,80,200,200`; undefined if they are not four finite decimals. */
export function parseBox(text: string): [number, number, number, number] | undefined {
  const parts = text.split(',').map((part) => part.trim());
  const areNumbers = parts.every((part) => part.length <= NUMBER_MAX_LENGTH && NUMBER.test(part));
  const values = parts.map(Number);
  if (parts.length !== 4 || !areNumbers || !values.every((value) => Math.abs(value) <= LARGEST))
    return undefined;
  return values as [number, number, number, number];
}

/**
 * Parses `x,y,width,height`: fractions of the photo's width and height if none is above 1, else pixels. `center` is the
 * largest square in the middle.
 * @throws ServiceError `invalid_query`
 */
export function parseCrop(text: string): Crop {
  if (text === 'center') return { unit: 'center' };
  const box = parseBox(text);
  if (box === undefined) throw invalidCrop('must be x,y,width,height or center');
  const [left, top, width, height] = box;
  if (width <= 0 || height <= 0) throw invalidCrop('width and height must be above 0');
  const areFractions = box.every((value) => Math.abs(value) <= 1 + BEYOND);
  return { unit: areFractions ? 'fractions' : 'pixels', left, top, width, height };
}

/**
 * The crop in whole pixels of a photo, with its margin, which ends at the photo's edges.
 * @param margin on each side, as a share of the crop's width and height
 * @throws ServiceError `crop_outside_image` where it reaches further beyond the photo than 2 % of its width or height
 */
export function regionOf(crop: Crop, margin: number, photo: Size): Region {
  if (crop.unit === 'center') return centerOf(photo);
  const [unitX, unitY] = crop.unit === 'pixels' ? [1, 1] : [photo.width, photo.height];
  const [left, right] = spanWithin(crop.left * unitX, crop.width * unitX, photo.width);
  const [top, bottom] = spanWithin(crop.top * unitY, crop.height * unitY, photo.height);
  if (!(left < right && top < bottom)) throw outside(crop, photo);
  const marginX = Math.round((right - left) * margin);
  const marginY = Math.round((bottom - top) * margin);
  const wide = {
    left: left - marginX,
    top: top - marginY,
    width: right - left + 2 * marginX,
    height: bottom - top + 2 * marginY,
  };
  return cutTo(wide, photo);
}

/** The whole pixels from `start` on, cut off at the photo's edges; NaN where too much lies beyond them. */
function spanWithin(start: number, length: number, available: number): [number, number] {
  const [from, to] = [Math.round(start), Math.round(start + length)];
  const beyond = Math.max(-from, to - available);
  if (beyond > Math.ceil(BEYOND * available)) return [Number.NaN, Number.NaN];
  return [Math.max(0, from), Math.min(available, to)];
}

function outside(
  { left, top, width, height }: Exclude<Crop, { unit: 'center' }>,
  photo: Size,
): ServiceError {
  const shown = (value: number) => Number(value.toFixed(3));
  return new ServiceError(
    'crop_outside_image',
    `The crop spans ${shown(left)},${shown(top)} to ${shown(left + width)},${shown(top + height)}; the photo, turned upright, has ${photo.width}×${photo.height} pixels. At most 2 % may lie beyond it.`,
  );
}

function centerOf({ width, height }: Size): Region {
  const side = Math.min(width, height);
  const half = (length: number): number => Math.floor((length - side) / 2);
  return { left: half(width), top: half(height), width: side, height: side };
}

function invalidCrop(fault: string): ServiceError {
  return new ServiceError(
    'invalid_query',
    `crop: ${fault}. Give pixels such as 120,80,200,200, fractions such as 0.25,0.1,0.5,0.5, or center.`,
  );
}
