import { describe, expect, it } from 'vitest';
import {
  epochBatches,
  stepsPerEpoch,
  type BatchOptions,
} from '../../../../src/learning/training/batches/batch.ts';
import { completeRecipe } from '../../../../src/learning/training/recipe.ts';
import { AGE_COUNT } from '../../../../src/learning/training/batches/targets.ts';
import { flatPhotoSet } from '../../../support/models/photo-shard.ts';

const SIDE = 12;
const { augment } = completeRecipe({});
const still = {
  maxRotationDegrees: 0,
  minScale: 1,
  maxScale: 1,
  maxShift: 0,
  maxShear: 0,
  maxContrast: 0,
  maxBrightness: 0,
  blurProbability: 0,
  jpegProbability: 0,
  eraseProbability: 0,
};
const options: BatchOptions = {
  batchSize: 4,
  seed: 1,
  answers: 'age-distribution',
  mean: 0.5,
  std: 0.25,
  augment,
  mixupProbability: 0,
  mixupAlpha: 0.4,
};

const part = { epoch: 0, side: SIDE };

/** Photo i has the uniform gray level 10 · i and the age i. */
function flatPhotos(count: number) {
  const photos = Array.from({ length: count }, (_, index) => ({ gray: index * 10, age: index }));
  return flatPhotoSet(SIDE, photos);
}

describe('epochBatches', () => {
  it('yields every photo once per epoch, in a different order each time', () => {
    const photos = flatPhotos(20);
    const agesOf = (epoch: number) =>
      [...epochBatches(photos, { epoch, side: SIDE }, options)].flatMap(({ ages }) => [...ages]);
    expect(agesOf(0).toSorted((a, b) => a - b)).toEqual([...Array(20).keys()]);
    expect(agesOf(0)).not.toEqual(agesOf(1));
  });

  it('drops a remainder smaller than a batch', () => {
    expect([...epochBatches(flatPhotos(11), { epoch: 0, side: SIDE }, options)]).toHaveLength(
      stepsPerEpoch(11, 4),
    );
  });

  it('yields the same batches when an epoch is resumed at a later step', () => {
    const photos = flatPhotos(20);
    expect([...epochBatches(photos, { epoch: 3, side: SIDE, firstStep: 2 }, options)]).toEqual(
      [...epochBatches(photos, { epoch: 3, side: SIDE }, options)].slice(2),
    );
  });

  it('keeps photo and target together', () => {
    for (const batch of epochBatches(flatPhotos(20), part, { ...options, augment: still })) {
      batch.ages.forEach((age, row) => {
        const gray = (batch.inputs[row * SIDE * SIDE]! * 0.25 + 0.5) * 255;
        expect(gray).toBeCloseTo(age * 10, 2);
        const target = batch.targets.subarray(row * AGE_COUNT, (row + 1) * AGE_COUNT);
        expect(target.indexOf(Math.max(...target))).toBe(age);
      });
    }
  });

  it('mixes photos, targets, and ages with the same weight', () => {
    for (const batch of epochBatches(flatPhotos(20), part, {
      ...options,
      augment: still,
      mixupProbability: 1,
    })) {
      batch.ages.forEach((age, row) => {
        expect((batch.inputs[row * SIDE * SIDE]! * 0.25 + 0.5) * 255).toBeCloseTo(age * 10, 2);
        const target = batch.targets.subarray(row * AGE_COUNT, (row + 1) * AGE_COUNT);
        expect(target.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
      });
    }
  });

  it('keeps photo and weight together, with and without mixup', () => {
    const photos = flatPhotos(20);
    photos.weights.set([...photos.ages].map((age) => 1 + age / 4));
    for (const mixupProbability of [0, 1])
      for (const { ages, weights } of epochBatches(photos, part, { ...options, mixupProbability }))
        ages.forEach((age, row) => expect(weights[row]).toBeCloseTo(1 + age / 4, 4));
  });

  it('yields photos of the requested side with the same ages', () => {
    const photos = flatPhotos(20);
    const [full] = [...epochBatches(photos, part, options)];
    const [half] = [...epochBatches(photos, { epoch: 0, side: SIDE / 2 }, options)];
    expect(half!.inputs).toHaveLength(full!.inputs.length / 4);
    expect(half!.ages).toEqual(full!.ages);
  });

  it('leaves photos unchanged without augmentation', () => {
    for (const { inputs, ages } of epochBatches(flatPhotos(20), part, {
      ...options,
      augment: null,
    }))
      ages.forEach((age, row) =>
        expect((inputs[row * SIDE * SIDE + 5]! * 0.25 + 0.5) * 255).toBeCloseTo(age * 10, 2),
      );
  });

  it('uses one-hot decades as targets for a network that outputs decades', () => {
    for (const { targets, ages } of epochBatches(flatPhotos(20), part, {
      ...options,
      answers: 'decades',
    }))
      ages.forEach((age, row) => {
        const expected = Array.from({ length: 10 }, (_, decade) =>
          Number(decade === Math.floor(age / 10)),
        );
        expect([...targets.subarray(row * 10, (row + 1) * 10)]).toEqual(expected);
      });
  });

  it("mixes the target of each photo with the teachers' output for it", () => {
    const photos = flatPhotos(4);
    const outputs = new Float32Array(new SharedArrayBuffer(4 * 4 * AGE_COUNT));
    // The teachers predict an age of 40 + i for photo i.
    for (let photo = 0; photo < 4; photo++) outputs[photo * AGE_COUNT + 40 + photo] = 1;
    const teacher = { outputs, weight: 0.25 };
    const [plain] = epochBatches(photos, part, options);
    const [distilled] = epochBatches(photos, part, { ...options, teacher });
    plain!.ages.forEach((age, row) => {
      expect(distilled!.ages[row]).toBeCloseTo(0.75 * age + 0.25 * (40 + age), 4);
      const at = row * AGE_COUNT + 40 + age;
      expect(distilled!.targets[at]).toBeCloseTo(0.75 * plain!.targets[at]! + 0.25, 5);
    });
  });
});
