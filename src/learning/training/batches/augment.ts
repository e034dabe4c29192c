import { uniform, type Random } from '../../../common/random.ts';
import { throughJpeg } from '../../../inference/preprocess/fast-jpeg.ts';
import type { PlaceInput, PlacementLimits } from './placement.ts';
import { affineOf, warp, type Square } from './warp.ts';

/** Limits of the random augmentation. */
export interface AugmentOptions extends PlacementLimits {
  /** Contrast is multiplied by a factor within 1 ± this value. */
  maxContrast: number;
  /** Brightness changes by at most this many gray levels. */
  maxBrightness: number;
  /** Probability that a photo is blurred, as if it were enlarged from fewer pixels. */
  blurProbability: number;
  /** Probability that a photo is compressed as a JPEG of low quality. */
  jpegProbability: number;
  /** Probability that a rectangle of a photo is erased (Zhong et al., "Random Erasing", AAAI 2020). */
  eraseProbability: number;
}

const JPEG_QUALITY = [15, 60] as const;
/** Widths of the box blur, in pixels. */
const BLUR_WIDTHS = [3, 5] as const;

/**
 * Augments a picture: writes a randomly mirrored, warped, relit, degraded, and partly erased copy.
 * @param source gray levels; the network's input is its middle inputSide × inputSide pixels
 * @param target receives gray levels from 0 to 255; it may have any side
 * @param place chooses what the copy shows of the picture
 */
export function augment(
  source: Square<Uint8Array> & { inputSide: number },
  target: Square<Float32Array>,
  random: Random,
  { options, place }: { options: AugmentOptions; place: PlaceInput },
): void {
  warp(source, target, affineOf(place(random, options), source, target.side));
  relight(target.values, random, options);
  if (random() < options.blurProbability) blur(target, pick(random, BLUR_WIDTHS));
  if (random() < options.jpegProbability) compress(target, uniform(random, ...JPEG_QUALITY));
  if (random() < options.eraseProbability) erase(target, random);
}

function pick(random: Random, choices: readonly number[]): number {
  return choices[Math.floor(random() * choices.length)]!;
}

function relight(target: Float32Array, random: Random, options: AugmentOptions): void {
  const contrast = 1 + uniform(random, -1, 1) * options.maxContrast;
  const offset = uniform(random, -1, 1) * options.maxBrightness + 128 * (1 - contrast);
  for (let index = 0; index < target.length; index++) {
    const value = target[index]! * contrast + offset;
    target[index] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
}

/** Box blur along the rows, then along the columns. */
function blur({ values, side }: Square<Float32Array>, width: number): void {
  const line = new Float32Array(side);
  for (let row = 0; row < side; row++)
    smoothLine(values, line, { start: row * side, step: 1, width });
  for (let column = 0; column < side; column++)
    smoothLine(values, line, { start: column, step: side, width });
}

/** Replaces each pixel with the mean of the `width` pixels around it; the end pixels are repeated beyond the ends. */
function smoothLine(
  values: Float32Array,
  line: Float32Array,
  { start, step, width }: { start: number; step: number; width: number },
): void {
  const last = line.length - 1;
  for (let at = 0; at <= last; at++) line[at] = values[start + at * step]!;
  const radius = (width - 1) / 2;
  for (let at = 0; at <= last; at++) {
    let sum = 0;
    for (let near = at - radius; near <= at + radius; near++)
      sum += line[near < 0 ? 0 : near > last ? last : near]!;
    values[start + at * step] = sum / width;
  }
}

function compress({ values, side }: Square<Float32Array>, quality: number): void {
  const gray = Uint8Array.from(values, Math.round);
  throughJpeg(gray, side, Math.round(quality));
  values.set(gray);
}

/** Fills a rectangle of 2–20 % of the photo with one random gray level. */
function erase({ values, side }: Square<Float32Array>, random: Random): void {
  const area = uniform(random, 0.02, 0.2) * side * side;
  const aspect = Math.exp(uniform(random, Math.log(0.4), Math.log(2.5)));
  const width = Math.min(side, Math.round(Math.sqrt(area * aspect)));
  const height = Math.min(side, Math.round(Math.sqrt(area / aspect)));
  const left = Math.floor(random() * (side - width + 1));
  const top = Math.floor(random() * (side - height + 1));
  const gray = random() * 255;
  for (let y = top; y < top + height; y++)
    values.fill(gray, y * side + left, y * side + left + width);
}
