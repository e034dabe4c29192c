import { availableParallelism } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createOnnxEngine } from '../../../../src/inference/engine/onnx-engine.ts';
import { openRegistry } from '../../../../src/registry/open-registry.ts';
import { teacherAnswers } from '../../../../src/learning/training/batches/distillation.ts';
import { AGE_COUNT } from '../../../../src/learning/training/batches/targets.ts';
import { photoSetOf } from '../../../support/models/photo-shard.ts';

const SIDE = 120;
const registry = { location: 'models', name: 'face-age', alias: 'production' };
const normalisation = { mean: 0.5, std: 0.25 };

/** Dark on the left, bright on the right. */
const ramp = Uint8Array.from({ length: SIDE * SIDE }, (_, at) => (at % SIDE) * 2);
const rampMirrored = Uint8Array.from(
  { length: SIDE * SIDE },
  (_, at) => (SIDE - 1 - (at % SIDE)) * 2,
);

async function answersOf(version: number, photos: readonly Uint8Array[]): Promise<Float32Array[]> {
  const directory = path.join('models', 'face-age', String(version));
  const engine = createOnnxEngine({ threads: availableParallelism() });
  const shape = { width: SIDE, height: SIDE, ...normalisation, outputLength: AGE_COUNT };
  const network = await engine.load({ directory, ...shape });
  const answers: Float32Array[] = [];
  for (const photo of photos) answers.push((await network.run(photo.slice(), 1)).slice());
  await network.dispose();
  return answers;
}

it('averages the answers of all teachers to a photo and its mirror image', async () => {
  const versions = (await openRegistry('models').listVersions('face-age')).slice(0, 2);
  const taught = await teacherAnswers(photoSetOf(SIDE, [{ pixels: ramp, age: 30 }]), {
    teachers: versions.map((version) => `models/face-age/${version}`),
    registry,
    normalisation,
  });
  const answers = await Promise.all(versions.map((each) => answersOf(each, [ramp, rampMirrored])));
  const all = answers.flat();
  const mean = (age: number) => all.reduce((sum, each) => sum + each[age]!, 0) / all.length;
  expect(taught).toHaveLength(AGE_COUNT);
  taught.forEach((probability, age) => expect(probability).toBeCloseTo(mean(age), 5));
});

it('refuses a teacher that was made for other photos', async () => {
  const photos = photoSetOf(2, [{ pixels: new Uint8Array(4), age: 30 }]);
  const asking = teacherAnswers(photos, {
    teachers: ['models/face-age/2'],
    registry,
    normalisation,
  });
  await expect(asking).rejects.toThrow('made for photos of 120×120');
});
