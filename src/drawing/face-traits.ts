import type { Color } from './canvas.ts';
import { uniform, type Random } from '../common/random.ts';

/** The features of a drawn face. Lengths are in picture widths; amounts are from 0 to 1. */
export interface FaceTraits {
  background: Color;
  skin: Color;
  hair: Color;
  /** The center of the head. */
  center: readonly [number, number];
  headHalfWidth: number;
  headHalfHeight: number;
  /** Eyes sit lower and are larger in children. */
  eyeDrop: number;
  eyeRadius: number;
  eyeDistance: number;
  noseLength: number;
  mouthWidth: number;
  /** How far the corners of the mouth point up. */
  smile: number;
  hairAmount: number;
  /** How far the hairline has receded. */
  recession: number;
  wrinkles: number;
  sagging: number;
  spots: readonly { at: readonly [number, number]; radius: number }[];
  spotOpacity: number;
  /** The change of brightness across the picture. */
  lightSlope: readonly [number, number];
}

/** Computes features that change smoothly with age; everything else is drawn from `random`. */
export function faceTraits(age: number, random: Random): FaceTraits {
  const growth = 1 - Math.exp(-age / 9);
  const aging = smoothStep(28, 95, age);
  const vary = (value: number, by: number) => value * uniform(random, 1 - by, 1 + by);
  return {
    ...colors(age, random),
    center: [uniform(random, 0.46, 0.54), uniform(random, 0.5, 0.55)],
    headHalfWidth: vary(0.29 + 0.02 * aging, 0.05),
    headHalfHeight: vary(mix(0.31, 0.39, growth), 0.04),
    eyeDrop: mix(0.07, -0.01, growth),
    eyeRadius: vary(mix(0.062, 0.038, growth) * (1 - 0.3 * aging), 0.06),
    eyeDistance: vary(0.125, 0.05),
    noseLength: vary(mix(0.05, 0.12, growth) + 0.03 * aging, 0.08),
    mouthWidth: vary(mix(0.08, 0.12, growth), 0.08),
    smile: uniform(random, -0.01, 0.025) - 0.015 * aging,
    hairAmount: smoothStep(-1, 4, age) * (1 - 0.3 * aging),
    recession: smoothStep(25, 90, age) * uniform(random, 0.7, 1),
    wrinkles: smoothStep(25, 90, age),
    sagging: aging,
    spots: Array.from({ length: 8 }, () => spot(random)),
    spotOpacity: 0.5 * smoothStep(50, 95, age),
    lightSlope: [uniform(random, -0.25, 0.25), uniform(random, -0.2, 0.2)],
  };
}

function colors(age: number, random: Random): Pick<FaceTraits, 'background' | 'skin' | 'hair'> {
  const pigment = random();
  const skin: Color = [mix(235, 120, pigment), mix(200, 85, pigment), mix(175, 65, pigment)];
  const tone = uniform(random, 0.3, 1.2);
  const whitening = smoothStep(35, 80, age);
  const hair: Color = [
    mix(80 * tone, 225, whitening),
    mix(58 * tone, 222, whitening),
    mix(40 * tone, 218, whitening),
  ];
  const level = uniform(random, 70, 210);
  const tint = () => level + uniform(random, -25, 25);
  const background: Color = [tint(), tint(), tint()];
  return { background, skin, hair };
}

/** An age spot anywhere on forehead or cheeks, relative to the head. */
function spot(random: Random): FaceTraits['spots'][number] {
  return {
    at: [uniform(random, -0.7, 0.7), uniform(random, -0.6, 0.5)],
    radius: uniform(random, 0.008, 0.016),
  };
}

export function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** 0 up to `low`, 1 from `high` on, and smooth in between. */
export function smoothStep(low: number, high: number, value: number): number {
  const t = Math.max(0, Math.min(1, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
