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

/** The levels of red, green and blue, each as a picture. */
export type ColorPlanes = readonly [red: GrayPicture, green: GrayPicture, blue: GrayPicture];

/** The levels of red, green and blue of each pixel beside each other. */
export function interleave(planes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const pixels = planes[0]!.length;
  const joined = new Uint8Array(pixels * planes.length);
  planes.forEach((plane, channel) => {
    for (let at = 0; at < pixels; at++) joined[at * planes.length + channel] = plane[at]!;
  });
  return joined;
}

/** One of the channels of interleaved samples. */
export function planeOf(
  samples: Uint8Array,
  channel: number,
  channels: number,
): Uint8Array<ArrayBuffer> {
  const plane = new Uint8Array(samples.length / channels);
  for (let at = 0; at < plane.length; at++) plane[at] = samples[at * channels + channel]!;
  return plane;
}

/**
 * Luma of gamma-encoded values by ITU-R BT.601 §2.5.1, rounded: 0.299 R + 0.587 G + 0.114 B in 16-bit fixed point with
 * the coefficients of libjpeg and Pillow.
 * @param samples interleaved; one channel (gray, returned as it is) or three in the order R, G, B
 */
export function rec601Luma(samples: Uint8Array, channels: number): Uint8Array {
  if (channels === 1) return samples;
  const gray = new Uint8Array(samples.length / channels);
  for (let i = 0, at = 0; i < gray.length; i++, at += channels) {
    gray[i] =
      (samples[at]! * 19595 + samples[at + 1]! * 38470 + samples[at + 2]! * 7471 + 32768) >> 16;
  }
  return gray;
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
