import { ServiceError } from '../../common/errors.ts';
import { cutTo, type Region } from './picture.ts';
import type { Size } from './spec.ts';

/** The part of the photo, as displayed, that holds the face: a rectangle, or the largest square in the middle. */
export type Crop = (Region & { unit: 'pixels' | 'fractions' }) | { unit: 'center' };

const NUMBER = /^\d{1,6}(?:\.\d{1,9})?$/;

/**
 * Parses `x,y,width,height`: fractions of the photo's width and height if none is above 1, else pixels. `center` is the
 * largest square in the middle.
 * @throws ServiceError `invalid_query`
 */
export function parseCrop(text: string): Crop {
  if (text === 'center') return { unit: 'center' };
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length !== 4 || !parts.every((part) => NUMBER.test(part))) {
    throw invalidCrop('must be x,y,width,height or center');
  }
  const [left, top, width, height] = parts.map(Number) as [number, number, number, number];
  if (width <= 0 || height <= 0) throw invalidCrop('width and height must be above 0');
  const unit = [left, top, width, height].every((value) => value <= 1) ? 'fractions' : 'pixels';
  if (unit === 'fractions' && (left + width > 1 + ROUNDING || top + height > 1 + ROUNDING)) {
    throw invalidCrop('reaches beyond the photo');
  }
  return { unit, left, top, width, height };
}

/** Decimal fractions such as thirds do not add up to exactly 1. */
const ROUNDING = 1e-6;

/**
 * The crop in whole pixels of a photo, with its margin, which ends at the photo's edges.
 * @param margin on each side, as a share of the crop's width and height
 * @throws ServiceError `crop_outside_image`
 */
export function regionOf(crop: Crop, margin: number, photo: Size): Region {
  if (crop.unit === 'center') return centerOf(photo);
  const [unitX, unitY] = crop.unit === 'pixels' ? [1, 1] : [photo.width, photo.height];
  const left = Math.round(crop.left * unitX);
  const top = Math.round(crop.top * unitY);
  const right = Math.round((crop.left + crop.width) * unitX);
  const bottom = Math.round((crop.top + crop.height) * unitY);
  if (right > photo.width || bottom > photo.height) {
    throw new ServiceError(
      'crop_outside_image',
      `The crop ends at ${right},${bottom}, the photo, turned upright, at ${photo.width},${photo.height}.`,
    );
  }
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
