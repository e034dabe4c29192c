import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/common/random.ts';
import {
  placeAnywhere,
  placeFramed,
  placeMisframed,
  type PlaceInput,
} from '../../../../src/learning/training/batches/placement.ts';
import { affineOf, type Placement } from '../../../../src/learning/training/batches/warp.ts';
import { completeRecipe } from '../../../../src/learning/training/recipe.ts';

const options = completeRecipe({}).augment!;

function many(place: PlaceInput): Placement[] {
  const random = seededRandom(7);
  return Array.from({ length: 500 }, () => place(random, options));
}

describe('what a copy shows of a picture', () => {
  it('keeps a framed face within the limits of the recipe', () => {
    for (const { angle, scale, shiftX, shiftY } of many(placeFramed)) {
      expect(Math.abs(angle)).toBeLessThanOrEqual((options.maxRotationDegrees * Math.PI) / 180);
      expect(scale).toBeGreaterThanOrEqual(options.minScale);
      expect(scale).toBeLessThanOrEqual(options.maxScale);
      expect(Math.max(Math.abs(shiftX), Math.abs(shiftY))).toBeLessThanOrEqual(options.maxShift);
    }
  });

  it('never leaves a badly framed face where a framed one may be', () => {
    const faults = many(placeMisframed).map(({ angle, scale, shiftX, shiftY }) => ({
      shifted: Math.hypot(shiftX, shiftY) >= 0.32,
      scaled: scale >= 1.9 || scale <= 0.56,
      turned: Math.abs(angle) >= Math.PI / 3,
    }));
    for (const { shifted, scaled, turned } of faults)
      expect(shifted || scaled || turned).toBe(true);
    for (const fault of ['shifted', 'scaled', 'turned'] as const)
      expect(faults.some((each) => each[fault])).toBe(true);
  });

  it('stays within the surroundings of a picture without a face', () => {
    for (const { scale, shiftX, shiftY } of many(placeAnywhere)) {
      const reach = Math.max(Math.abs(shiftX), Math.abs(shiftY)) + 0.5 / scale;
      expect(reach).toBeLessThanOrEqual(0.81);
    }
  });
});

describe('affineOf', () => {
  const still = { angle: 0, scale: 1, shear: 0, mirrored: false, shiftX: 0, shiftY: 0 };

  it('maps the copy to the middle of the picture', () => {
    const { xx, xy, yx, yy, dx, dy } = affineOf(still, { side: 192, inputSide: 120 }, 60);
    expect([xx, xy, yx, yy]).toEqual([2, 0, 0, 2]);
    expect([dx, dy].map((offset) => offset + 29.5 * 2)).toEqual([95.5, 95.5]);
  });

  it('shows less of the picture at a larger scale, and shifts by shares of the input', () => {
    const larger = affineOf({ ...still, scale: 2 }, { side: 120, inputSide: 120 }, 120);
    expect([larger.xx, larger.yy]).toEqual([0.5, 0.5]);
    const source = { side: 192, inputSide: 120 };
    const shifted = affineOf({ ...still, shiftX: 0.25 }, source, 120);
    expect(shifted.dx - affineOf(still, source, 120).dx).toBe(30);
  });
});
