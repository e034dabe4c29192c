import { z } from 'zod';

/** The size of a picture, in pixels. */
export interface Size {
  width: number;
  height: number;
}

/** The largest input of a network, in pixels a side: at 64 photos a batch it takes 64 MiB in gray and 192 MiB in color. */
const SIDE_MAX = 512;

/**
 * How a photo is converted to the network's input; written by training and interpreted by `preprocess`.
 * x = (u8 / 255 − mean) / std, applied by `createNormalize`.
 */
export const preprocessSpecSchema = z.strictObject({
  width: z.int().min(8).max(SIDE_MAX),
  height: z.int().min(8).max(SIDE_MAX),
  /** 1: Rec. 601 luma. 3: red, green and blue, interleaved. */
  channels: z.literal([1, 3]),
  fit: z.literal('cover'),
  kernel: z.literal('triangle'),
  grayscale: z.literal('rec601'),
  mean: z.number().min(-1000).max(1000),
  std: z.number().min(1e-4).max(1000),
});

export type PreprocessSpec = z.infer<typeof preprocessSpecSchema>;

/** The spec that training writes into a manifest. */
export const defaultPreprocessSpec: PreprocessSpec = {
  width: 120,
  height: 120,
  channels: 1,
  fit: 'cover',
  kernel: 'triangle',
  grayscale: 'rec601',
  mean: 0.5,
  std: 0.25,
};

/** Number of bytes of a network's input for one photo. */
export function inputLength({
  width,
  height,
  channels = 1,
}: Size & { channels?: PreprocessSpec['channels'] | undefined }): number {
  return width * height * channels;
}

/** A picture in the photo's own shape and never enlarged, in which faces are searched. */
export interface SearchSpec {
  fit: 'inside';
  /** Whether its colors are needed besides its gray levels, for a network that takes color; false by default. */
  inColor?: boolean | undefined;
  /** Width and height are no larger, except of a strip so narrow that nothing of its width would be left. */
  maxSide: number;
}

/** The resampling kernel needs as many pixels across the narrowest strip. */
const LEAST_SHORT_SIDE = 8;

/** What a photo is converted to. */
export type PictureSpec = PreprocessSpec | SearchSpec;

/** The size of the picture that a photo, or the requested part of it, is converted to. */
export function pictureSizeOf(spec: PictureSpec, { width, height }: Size): Size {
  if (spec.fit === 'cover') return { width: spec.width, height: spec.height };
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const scale = Math.min(1, Math.max(spec.maxSide / long, LEAST_SHORT_SIDE / short));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** Whether the colors of a photo are needed. */
export function isInColor(spec: PictureSpec): boolean {
  return spec.fit === 'cover' ? spec.channels === 3 : spec.inColor === true;
}

/** Facts about the photo as it was sent; never the photo itself. */
export interface PhotoFacts {
  /** The size of the whole photo, or of the requested part, as displayed (after EXIF orientation). */
  width: number;
  height: number;
  format: string;
}

export interface PreprocessedPhoto {
  /** width × height gray levels, row by row, or for a spec of three channels their colors; owned by the caller. */
  pixels: Uint8Array;
  /** For a search in color: the levels of red, green and blue, each as `pixels`. */
  colors?: readonly Uint8Array[] | undefined;
  photo: PhotoFacts;
  /** Where the requested part begins in the photo as displayed; the top left corner without one. */
  origin: { left: number; top: number };
}

export interface PreprocessLimits {
  maxPixels: number;
  /** Time after which sharp stops decoding a photo; by default never. It notices only between rows. */
  timeoutSeconds?: number;
}
