import { uniform, type Random } from '../../../common/random.ts';
import type { Placement } from './warp.ts';

/** How far a framed face may lie from where the frame expects it; angles are in degrees, shifts and shear are shares of the side. */
export interface PlacementLimits {
  maxRotationDegrees: number;
  minScale: number;
  maxScale: number;
  maxShift: number;
  maxShear: number;
}

/** Chooses at random what an augmented copy shows of a picture. */
export type PlaceInput = (random: Random, options: PlacementLimits) => Placement;

/** The face stays framed: a little turned, scaled, sheared and shifted, as finding and aligning it may leave it. */
export const placeFramed: PlaceInput = (random, options) => ({
  angle: (uniform(random, -1, 1) * options.maxRotationDegrees * Math.PI) / 180,
  scale: uniform(random, options.minScale, options.maxScale),
  shear: uniform(random, -1, 1) * options.maxShear,
  mirrored: random() < 0.5,
  shiftX: uniform(random, -1, 1) * options.maxShift,
  shiftY: uniform(random, -1, 1) * options.maxShift,
});

/** How far a face lies at least from where the frame expects it before the copy counts as badly framed. */
const MISFRAMED = {
  shift: [0.32, 0.6],
  larger: [1.9, 3],
  smaller: [0.4, 0.56],
  /** In degrees. */
  turn: [60, 180],
} as const;

/** The face is shifted out of the frame, much too large, much too small, or lies on its side. */
export const placeMisframed: PlaceInput = (random, options) => {
  const framed = placeFramed(random, options);
  const fault = random();
  if (fault < 0.4) return { ...framed, ...shiftBy(random, uniform(random, ...MISFRAMED.shift)) };
  if (fault < 0.6)
    return {
      ...framed,
      ...shiftBy(random, uniform(random, 0, 0.3)),
      scale: uniform(random, ...MISFRAMED.larger),
    };
  if (fault < 0.75) return { ...framed, scale: uniform(random, ...MISFRAMED.smaller) };
  const turn = (uniform(random, ...MISFRAMED.turn) * Math.PI) / 180;
  return { ...framed, angle: random() < 0.5 ? turn : -turn };
};

function shiftBy(random: Random, distance: number): Pick<Placement, 'shiftX' | 'shiftY'> {
  const direction = random() * 2 * Math.PI;
  return { shiftX: Math.cos(direction) * distance, shiftY: Math.sin(direction) * distance };
}

/** Any part of a picture without a face, at any scale. */
export const placeAnywhere: PlaceInput = (random, options) => {
  const scale = uniform(random, 0.62, 1.8);
  const room = Math.max(0, 0.8 - 0.5 / scale);
  return {
    ...placeFramed(random, options),
    scale,
    shiftX: uniform(random, -1, 1) * room,
    shiftY: uniform(random, -1, 1) * room,
  };
};
