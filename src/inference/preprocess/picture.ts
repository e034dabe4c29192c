import type { Orientation } from './orientation.ts';
import type { Size } from './spec.ts';

/** A decoded picture as stored: not yet oriented, cropped or resampled. */
export interface GrayPicture {
  width: number;
  height: number;
  /** height × width values of Rec. 601 luma; the array may be longer. */
  gray: Uint8Array;
  /** Average number of gray levels, below one half, by which the decoder's values are too low. */
  shortfall: number;
}

/** The header of an image file, read without decoding. */
export interface ImageHeader {
  width: number;
  height: number;
  format: string;
  orientation: Orientation;
}

/** A rectangle in a picture, in pixels from its top left corner. */
export interface Region extends Size {
  left: number;
  top: number;
}

export function wholeOf({ width, height }: Size): Region {
  return { left: 0, top: 0, width, height };
}

/** The part of a region that lies within a picture. */
export function cutTo({ left, top, width, height }: Region, picture: Size): Region {
  const cutLeft = Math.max(0, left);
  const cutTop = Math.max(0, top);
  return {
    left: cutLeft,
    top: cutTop,
    width: Math.min(left + width, picture.width) - cutLeft,
    height: Math.min(top + height, picture.height) - cutTop,
  };
}

/** Maps a region of the displayed picture to the stored picture. */
export function storedRegion(
  { left, top, width, height }: Region,
  stored: Size,
  orientation: Orientation,
): Region {
  const right = stored.width - left - width;
  const bottom = stored.height - top - height;
  const turned = { width: height, height: width };
  const turnedLeft = stored.width - top - height;
  const turnedTop = stored.height - left - width;
  switch (orientation) {
    case 1:
      return { left, top, width, height };
    case 2:
      return { left: right, top, width, height };
    case 3:
      return { left: right, top: bottom, width, height };
    case 4:
      return { left, top: bottom, width, height };
    case 5:
      return { left: top, top: left, ...turned };
    case 6:
      return { left: top, top: turnedTop, ...turned };
    case 7:
      return { left: turnedLeft, top: turnedTop, ...turned };
    case 8:
      return { left: turnedLeft, top: left, ...turned };
  }
}
