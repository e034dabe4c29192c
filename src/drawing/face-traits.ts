import { uniform, type Random } from '../common/random.ts';
import type { Point } from './outline.ts';
import { faceColors, type FaceColors } from './face-colors.ts';

/**
 * The features of a drawn face. Positions and lengths are in half-widths of the head, from its center; amounts are from
 * 0 to 1.
 */
export interface FaceTraits {
  colors: FaceColors;
  /** The center of the head and half its width, in picture widths. */
  center: Point;
  halfWidth: number;
  /** A small turn of the head, in radians. */
  tilt: number;
  /** Half the height of the head. */
  height: number;
  /** How broad the jaw is. */
  jaw: number;
  /** How round the cheeks are, as in children. */
  roundness: number;
  /** Half the width of the shoulders. */
  shoulders: number;
  /** `openness` is the height of the opening by its width, and `droop` how far the outer corners hang. */
  eyes: { y: number; x: number; halfWidth: number; openness: number; droop: number };
  /** `rise` is the distance from the eyes. */
  brows: { rise: number; width: number; opacity: number };
  /** `depth` is the strength of its shadows. */
  nose: { y: number; halfWidth: number; depth: number };
  mouth: { y: number; halfWidth: number; fullness: number; smile: number };
  hair: HairTraits;
  wrinkles: number;
  /** Fine lines, which come earlier than wrinkles. */
  lines: number;
  sagging: number;
  /** The roughness of the skin. */
  texture: number;
  /** How red the cheeks are. */
  blush: number;
  spots: readonly { at: Point; radius: number }[];
  spotOpacity: number;
  /** The change of brightness across the picture. */
  lightSlope: Point;
}

export interface HairTraits {
  /** Whether the hair covers the ears and falls to `length`, measured down from the center of the head. */
  isLong: boolean;
  length: number;
  /** How far the hair stands out from the head. */
  volume: number;
  /** The opacity of the hair. */
  amount: number;
  /** Where the hair parts. */
  part: number;
  /** How far the hair covers the forehead. */
  fringe: number;
  /** How far the hairline has receded. */
  recession: number;
  /** Seeds the strands. */
  strands: number;
}

/** How far a face has come on the ways from baby to adult and to old age, each from 0 to 1. */
interface Stage {
  age: number;
  growth: number;
  adult: number;
  mature: number;
  aging: number;
}

/**
 * Computes features that change smoothly with age; everything else is drawn from `random`. How early each sign of age
 * comes was set by eye and by the answers of version 4, which should be near the drawn age.
 */
export function faceTraits(age: number, random: Random): FaceTraits {
  const stage = stageOf(age);
  const { growth, adult, mature, aging } = stage;
  const whitening = smoothStep(40, 78, age);
  const colors = faceColors({ whitening, childhood: 1 - adult }, random);
  const isLong = random() < 0.5;
  const jaw = isLong ? uniform(random, 0.1, 0.5) : uniform(random, 0.35, 1);
  return {
    colors,
    center: [uniform(random, 0.48, 0.52), mix(0.51, 0.485, growth) + uniform(random, -0.01, 0.01)],
    halfWidth: vary(random, mix(0.28, 0.27, growth), 0.03),
    tilt: uniform(random, -0.05, 0.05),
    height: vary(random, mix(1.1, 1.33, growth) + 0.04 * mature, 0.03),
    jaw: jaw * adult,
    roundness: 1 - adult,
    shoulders: mix(1.25, isLong ? 1.65 : 1.95, adult),
    ...partsOfFace(stage, isLong, random),
    hair: hairTraits(stage, isLong, random),
    wrinkles: 0.08 * mature + 0.92 * smoothStep(48, 100, age),
    lines: mature,
    sagging: aging,
    texture: 0.5 * mature + 0.5 * smoothStep(48, 100, age),
    blush: mix(0.5, 0.22, adult) * (1 - 0.5 * aging),
    spots: Array.from({ length: 9 }, () => spot(random)),
    spotOpacity: 0.35 * smoothStep(50, 95, age),
    lightSlope: [uniform(random, -0.25, 0.25), uniform(random, -0.15, 0.15)],
  };
}

function stageOf(age: number): Stage {
  return {
    age,
    growth: 1 - Math.exp(-age / 10),
    adult: smoothStep(7, 23, age),
    mature: smoothStep(17, 46, age),
    aging: smoothStep(38, 95, age),
  };
}

/** Children have large, low eyes, thin brows and small noses. */
function partsOfFace(
  { age, growth, adult, mature, aging }: Stage,
  isLong: boolean,
  random: Random,
): Pick<FaceTraits, 'eyes' | 'brows' | 'nose' | 'mouth'> {
  const eyeWidth = mix(0.29, 0.21, growth) - 0.032 * mature - 0.02 * aging;
  return {
    eyes: {
      y: mix(0.14, -0.02, growth),
      x: vary(random, 0.42, 0.04),
      halfWidth: vary(random, eyeWidth, 0.04),
      openness: vary(random, mix(0.76, 0.46, growth) * (1 - 0.35 * aging), 0.06),
      droop: 0.025 * mature + 0.03 * aging + uniform(random, -0.015, 0.015),
    },
    brows: {
      rise: vary(random, 0.28, 0.08),
      width: vary(random, mix(0.045, isLong ? 0.075 : 0.11, adult), 0.15),
      opacity: smoothStep(-5, 22, age) * (1 - 0.25 * aging),
    },
    nose: {
      y: mix(0.5, 0.52, growth) + 0.05 * aging,
      halfWidth: vary(random, mix(0.15, isLong ? 0.19 : 0.22, adult) + 0.03 * aging, 0.08),
      depth: mix(0.35, 1, adult),
    },
    mouth: {
      y: mix(0.79, 0.84, growth),
      halfWidth: vary(random, mix(0.27, 0.37, growth), 0.06),
      fullness: vary(random, isLong ? 1.1 : 0.85, 0.12) * (1 - 0.45 * aging),
      smile: uniform(random, 0.3, 1) - 0.35 * aging,
    },
  };
}

function hairTraits({ age, aging }: Stage, isLong: boolean, random: Random): HairTraits {
  const grown = smoothStep(0, 7, age);
  return {
    isLong,
    length: mix(0.2, uniform(random, 0.9, 2.1), grown) * (1 - 0.35 * aging),
    volume: mix(0.02, uniform(random, 0.12, 0.24), grown) * (1 - 0.3 * aging),
    amount: smoothStep(-1.5, 3, age),
    part: uniform(random, -0.45, 0.45),
    fringe: uniform(random, 0, 1) ** 2 * (1 - 0.6 * aging),
    recession: smoothStep(28, 90, age) * uniform(random, 0.6, 1) * (isLong ? 0.35 : 1),
    strands: Math.floor(random() * 2 ** 31),
  };
}

/** An age spot anywhere on forehead or cheeks. */
function spot(random: Random): FaceTraits['spots'][number] {
  return {
    at: [uniform(random, -0.75, 0.75), uniform(random, -0.75, 0.5)],
    radius: uniform(random, 0.02, 0.045),
  };
}

/** A value that differs from the given one by at most the share `by`. */
function vary(random: Random, value: number, by: number): number {
  return value * uniform(random, 1 - by, 1 + by);
}

export function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** 0 up to `low`, 1 from `high` on, and smooth in between. */
export function smoothStep(low: number, high: number, value: number): number {
  const t = Math.max(0, Math.min(1, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
