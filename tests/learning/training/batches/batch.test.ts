import { describe, expect, it } from 'vitest';
import {
  epochBatches,
  stepsPerEpoch,
  type BatchOptions,
} from '../../../../src/learning/training/batches/batch.ts';
import {
  createNegativeSet,
  joinPhotoSets,
} from '../../../../src/learning/training/batches/photo-set.ts';
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
      [...epochBatches(photos, { epoch, side: SIDE }, options)].flatMap(({ minAges }) => [
        ...minAges,
      ]);
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
      batch.minAges.forEach((age, row) => {
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
      batch.minAges.forEach((age, row) => {
        expect((batch.inputs[row * SIDE * SIDE]! * 0.25 + 0.5) * 255).toBeCloseTo(age * 10, 2);
        const target = batch.targets.subarray(row * AGE_COUNT, (row + 1) * AGE_COUNT);
        expect(target.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
      });
    }
  });

  it('keeps photo and weight together, with and without mixup', () => {
    const photos = flatPhotos(20);
    photos.weights.set([...photos.minAges].map((age) => 1 + age / 4));
    for (const mixupProbability of [0, 1])
      for (const { minAges, weights } of epochBatches(photos, part, {
        ...options,
        mixupProbability,
      }))
        minAges.forEach((age, row) => expect(weights[row]).toBeCloseTo(1 + age / 4, 4));
  });

  it('yields photos of the requested side with the same ages', () => {
    const photos = flatPhotos(20);
    const [full] = [...epochBatches(photos, part, options)];
    const [half] = [...epochBatches(photos, { epoch: 0, side: SIDE / 2 }, options)];
    expect(half!.inputs).toHaveLength(full!.inputs.length / 4);
    expect(half!.minAges).toEqual(full!.minAges);
  });

  it('leaves photos unchanged without augmentation', () => {
    for (const { inputs, minAges } of epochBatches(flatPhotos(20), part, {
      ...options,
      augment: null,
    }))
      minAges.forEach((age, row) =>
        expect((inputs[row * SIDE * SIDE + 5]! * 0.25 + 0.5) * 255).toBeCloseTo(age * 10, 2),
      );
  });

  it('uses one-hot decades as targets for a network that outputs decades', () => {
    for (const { targets, minAges } of epochBatches(flatPhotos(20), part, {
      ...options,
      answers: 'decades',
    }))
      minAges.forEach((age, row) => {
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
    plain!.minAges.forEach((age, row) => {
      expect(distilled!.minAges[row]).toBeCloseTo(0.75 * age + 0.25 * (40 + age), 4);
      const at = row * AGE_COUNT + 40 + age;
      expect(distilled!.targets[at]).toBeCloseTo(0.75 * plain!.targets[at]! + 0.25, 5);
    });
  });

  it('keeps ranges beside exact ages, and the range of the partner when it mixes two rows', () => {
    const photos = flatPhotoSet(SIDE, [
      { gray: 10, age: { min: 20, max: 29 } },
      { gray: 20, age: 40 },
    ]);
    const pair = { ...options, batchSize: 2, augment: still };
    const [plain] = epochBatches(photos, part, pair);
    const row = plain!.minAges.indexOf(20);
    const ages = [...Array(AGE_COUNT).keys()];
    const rangeOf = (at: number) => plain!.ranges.subarray(at * AGE_COUNT, (at + 1) * AGE_COUNT);
    expect([...rangeOf(row)]).toEqual(ages.map((age) => Number(age >= 20 && age <= 29)));
    expect([...rangeOf(1 - row)]).toEqual(ages.map(() => 1));
    expect(sumOf(plain!.targets, row)).toBe(0);
    expect([...plain!.rangeShares]).toEqual([1, 0, 1, 0]);

    const [mixed] = epochBatches(photos, part, { ...pair, mixupProbability: 1 });
    const [own, partner] = mixed!.rangeShares.subarray(2 * row);
    expect(own! + partner!).toBeCloseTo(1, 5);
    expect(sumOf(mixed!.targets, row)).toBeCloseTo(partner!, 4);
    expect(mixed!.minAges[row]).toBeCloseTo(20 * own! + 40 * partner!, 3);
    expect(mixed!.maxAges[row]).toBeCloseTo(29 * own! + 40 * partner!, 3);
  });

  it('adds to a range how ages within it are distributed, by the weight of the prior', () => {
    const photos = flatPhotoSet(SIDE, [
      { gray: 10, age: { min: 20, max: 29 } },
      { gray: 20, age: { min: 30, max: 39 } },
      { gray: 30, age: { min: 30, max: 39 } },
      { gray: 40, age: 70 },
    ]);
    const [batch] = epochBatches(photos, part, { ...options, rangePriorWeight: 0.4 });
    const twenties = batch!.maxAges.findIndex(
      (_, row) =>
        batch!.ranges[row * AGE_COUNT + 25] === 1 && batch!.ranges[row * AGE_COUNT + 35] === 0,
    );
    const exact = batch!.minAges.indexOf(70);
    const targets = batch!.targets.subarray(twenties * AGE_COUNT, (twenties + 1) * AGE_COUNT);
    expect(sumOf(batch!.targets, twenties)).toBeCloseTo(0.4, 4);
    expect(batch!.rangeShares[2 * twenties]).toBeCloseTo(0.6, 5);
    expect(targets[28]!).toBeGreaterThan(targets[21]!);
    expect(targets[31]!).toBeGreaterThan(0);
    expect(sumOf(batch!.targets, exact)).toBeCloseTo(1, 4);
    expect(batch!.rangeShares[2 * exact]).toBe(1);
    const [plain] = epochBatches(photos, part, options);
    expect(sumOf(plain!.targets, twenties)).toBe(0);
  });

  it('takes from the teachers of a range only what they say about the ages in it', () => {
    const photos = flatPhotoSet(SIDE, [{ gray: 10, age: { min: 20, max: 29 } }]);
    const outputs = new Float32Array(new SharedArrayBuffer(4 * AGE_COUNT));
    outputs.set([0.6, 0.3, 0.1], 29);
    const teacher = { outputs, weight: 0.5 };
    const [batch] = epochBatches(photos, part, { ...options, batchSize: 1, teacher });
    expect(batch!.targets[29]).toBeCloseTo(0.5, 5);
    expect(sumOf(batch!.targets, 0)).toBeCloseTo(0.5, 5);
    expect(batch!.rangeShares[0]).toBeCloseTo(0.5, 5);
    outputs.fill(0).set([1], 60);
    const [unlikely] = epochBatches(photos, part, { ...options, batchSize: 1, teacher });
    expect([sumOf(unlikely!.targets, 0), unlikely!.rangeShares[0]]).toEqual([0, 1]);
  });

  it('labels badly framed faces and pictures without a face as no face, without an age', () => {
    const faces = flatPhotos(8);
    const negatives = { misframedShare: 1, textureShare: 0 };
    for (const batch of epochBatches(faces, part, { ...options, negatives })) {
      expect([...batch.faces, ...batch.weights]).toEqual(new Array(8).fill(0));
      expect([sumOf(batch.targets, 0), sumOf(batch.ranges, 0)]).toEqual([0, AGE_COUNT]);
    }
    const drawn = { misframedShare: 0, textureShare: 0, drawnShare: 1 };
    const [pictures] = epochBatches(faces, part, { ...options, negatives: drawn });
    expect([...pictures!.faces, sumOf(pictures!.targets, 0)]).toEqual([0, 0, 0, 0, 0]);
    const photos = joinPhotoSets(faces, createNegativeSet(faces, [{ row: 0 }, { row: 1 }]));
    const batches = [...epochBatches(photos, part, { ...options, batchSize: 10 })];
    expect(batches[0]!.faces.reduce((sum, face) => sum + face, 0)).toBe(8);
    batches[0]!.weights.forEach((weight, row) => expect(weight).toBe(batches[0]!.faces[row]));
  });
});

function sumOf(table: Float32Array, row: number): number {
  const values = table.subarray(row * AGE_COUNT, (row + 1) * AGE_COUNT);
  return values.reduce((sum, value) => sum + value, 0);
}
