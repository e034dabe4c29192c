import type { Box } from '../../../inference/faces/geometry.ts';
import { sharp } from '../../../inference/preprocess/sharp-image.ts';
import type { WarningCode } from '../../../inference/preprocess/warnings.ts';

/** A photo that shows a face well, to be made worse. */
export interface GoodPhoto {
  bytes: Uint8Array;
  width: number;
  height: number;
  /** The face's box, in pixels of the photo. */
  face: Box;
  /** Standard deviation of the aligned face, in gray levels. */
  contrast: number;
  /** Another photo of the same set. */
  other: Uint8Array;
}

/** A way to make a photo worse, as photos are found in the wild; the result is a JPEG. */
export interface Degradation {
  name: string;
  /** The warning that it should raise. */
  code: WarningCode;
  apply: (photo: GoodPhoto) => Promise<Uint8Array>;
}

const jpeg = { quality: 90 };

/** Scales the photo so that the face has a width of so many pixels. */
const small = (pixels: number): Degradation => ({
  name: `face of ${pixels} pixels`,
  code: 'small_face',
  apply: ({ bytes, width, height, face }) => {
    const scale = Math.max(Math.min(1, pixels / face.width), MIN_SIDE / Math.min(width, height));
    const size = [width, height].map((side) => Math.round(side * scale));
    return sharp(bytes).rotate().resize(size[0], size[1], { fit: 'fill' }).jpeg(jpeg).toBuffer();
  },
});
/** Smaller photos are refused. */
const MIN_SIDE = 16;

/** Blurs with a Gaussian whose standard deviation is this percentage of the face's width. */
const blurred = (percent: number): Degradation => ({
  name: `blur of ${percent} %`,
  code: 'blurred',
  apply: ({ bytes, face }) =>
    sharp(bytes)
      .rotate()
      .blur(Math.max(0.3, (percent / 100) * face.width))
      .jpeg(jpeg)
      .toBuffer(),
});

/** Scales gray levels so that those of the face have this standard deviation, and darkens the photo. */
const flattened = (levels: number): Degradation => ({
  name: `contrast of ${levels} levels`,
  code: 'low_contrast',
  apply: ({ bytes, contrast }) => {
    const factor = Math.min(1, levels / contrast);
    return sharp(bytes)
      .rotate()
      .linear(factor, DARK_LEVEL * (1 - factor))
      .jpeg(jpeg)
      .toBuffer();
  },
});
const DARK_LEVEL = 60;

type Edge = 'left' | 'top' | 'bottom';

/** Cuts the photo off within the face's box. */
const cutOff = (edge: Edge, percent: number): Degradation => ({
  name: `${edge} ${percent} % cut off`,
  code: 'cut_off',
  apply: ({ bytes, width, height, face }) => {
    const share = percent / 100;
    const left = edge === 'left' ? within(face.x + share * face.width, width) : 0;
    const top = edge === 'top' ? within(face.y + share * face.height, height) : 0;
    const bottom = edge === 'bottom' ? within(face.y + (1 - share) * face.height, height) : height;
    return sharp(bytes)
      .rotate()
      .extract({ left, top, width: width - left, height: bottom - top })
      .jpeg(jpeg)
      .toBuffer();
  },
});

function within(position: number, side: number): number {
  return Math.min(side - MIN_SIDE, Math.max(0, Math.round(position)));
}

/** Puts another photo of the set beside it, scaled to a percentage of its height. */
const besideAnother = (percent: number): Degradation => ({
  name: `another photo at ${percent} %`,
  code: 'several_faces',
  apply: async ({ bytes, width, height, other }) => {
    const size = Math.round((height * percent) / 100);
    const input = await sharp(other)
      .rotate()
      .resize(size, size, { fit: 'cover' })
      .toColorspace('srgb')
      .png()
      .toBuffer();
    return sharp(bytes)
      .rotate()
      .toColorspace('srgb')
      .extend({ right: size, background: { r: 128, g: 128, b: 128 } })
      .composite([{ input, left: width, top: 0 }])
      .jpeg(jpeg)
      .toBuffer();
  },
});

/** What the copies of good photos are made worse by. */
export const degradations: readonly Degradation[] = [
  ...[64, 48, 32, 24, 16].map(small),
  ...[2, 3, 4].map(blurred),
  ...[18, 10, 7, 4].map(flattened),
  ...(['left', 'top', 'bottom'] as const).flatMap((edge) => [10, 25].map((p) => cutOff(edge, p))),
  ...[100, 75].map(besideAnother),
];
