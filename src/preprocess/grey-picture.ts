import type { Orientation } from './orientation.ts';

/** A decoded picture as it was stored: not yet turned, cropped or resampled. */
export interface GreyPicture {
  width: number;
  height: number;
  /** height × width Rec. 601 luma; may be longer. */
  grey: Uint8Array;
  /** Grey levels, below one half, by which the decoder's values are too low on average. */
  shortfall: number;
}

/** What a file's header says, read before anything is decoded. */
export interface ImageHeader {
  width: number;
  height: number;
  format: string;
  orientation: Orientation;
}
