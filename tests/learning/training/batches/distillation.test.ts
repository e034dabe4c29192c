import { availableParallelism } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createAgeHead } from '../../../../src/inference/head/age-head.ts';
import { createOnnxEngine } from '../../../../src/inference/engine/onnx-engine.ts';
import { openRegistry } from '../../../../src/registry/open-registry.ts';
import { teacherOutputs } from '../../../../src/learning/training/batches/distillation.ts';
import { AGE_COUNT } from '../../../../src/learning/training/batches/targets.ts';
import { exampleManifest } from '../../../support/models/example-manifest.ts';
import { faceNetworkOutput, writeFaceVersion } from '../../../support/models/face-network.ts';
import { createModelFolder } from '../../../support/models/model-folder.ts';
import { photoSetOf } from '../../../support/models/photo-shard.ts';

const SIDE = 120;
const registry = { location: 'models', name: 'face-age', alias: 'production' };
const normalization = { mean: 0.5, std: 0.25 };

/** Dark on the left and bright on the right. */
const ramp = Uint8Array.from({ length: SIDE * SIDE }, (_, at) => (at % SIDE) * 2);
const rampMirrored = Uint8Array.from(
  { length: SIDE * SIDE },
  (_, at) => (SIDE - 1 - (at % SIDE)) * 2,
);

/** The calibrated distributions with which a version answers. */
async function answersOf(version: number, photos: readonly Uint8Array[]): Promise<Float64Array[]> {
  const directory = path.join('models', 'face-age', String(version));
  const { head, buckets } = await openRegistry('models').readManifest('face-age', version);
  const ageHead = createAgeHead(head, buckets);
  const engine = createOnnxEngine({ threads: availableParallelism() });
  const shape = { width: SIDE, height: SIDE, ...normalization, outputLength: AGE_COUNT };
  const network = await engine.load({ directory, ...shape });
  const answers: Float64Array[] = [];
  for (const photo of photos)
    answers.push(ageHead.interpret(await network.run(photo.slice(), 1)).distribution);
  await network.dispose();
  return answers;
}

it('averages the calibrated answers of all teachers for a photo and its mirror image', async () => {
  const versions = (await openRegistry('models').listVersions('face-age')).slice(0, 2);
  const targets = await teacherOutputs(photoSetOf(SIDE, [{ pixels: ramp, age: 30 }]), {
    teachers: versions.map((version) => `models/face-age/${version}`),
    registry,
    normalization,
  });
  const outputs = await Promise.all(versions.map((each) => answersOf(each, [ramp, rampMirrored])));
  const all = outputs.flat();
  const mean = (age: number) => all.reduce((sum, each) => sum + each[age]!, 0) / all.length;
  expect(targets).toHaveLength(AGE_COUNT);
  targets.forEach((probability, age) => expect(probability).toBeCloseTo(mean(age), 5));
});

it('rejects a teacher that expects different photos', async () => {
  const photos = photoSetOf(2, [{ pixels: new Uint8Array(4), age: 30 }]);
  const outputs = teacherOutputs(photos, {
    teachers: ['models/face-age/4'],
    registry,
    normalization,
  });
  await expect(outputs).rejects.toThrow('expects photos of 120×120');
});

it('leaves out the face probability of a teacher that outputs it', async () => {
  const folder = await createModelFolder();
  onTestFinished(() => folder.remove());
  await writeFaceVersion(folder, 1, { age: 40 });
  const { preprocess } = exampleManifest();
  const pixels = [20, 230].map((level) => new Uint8Array(preprocess.width ** 2).fill(level));
  const photos = pixels.map((each) => ({ pixels: each, age: 30 }));
  const targets = await teacherOutputs(photoSetOf(preprocess.width, photos), {
    teachers: [`${folder.root}/face-age/1`],
    registry,
    normalization: preprocess,
  });
  const ages = faceNetworkOutput(20, 40).slice(0, AGE_COUNT);
  expect(targets).toHaveLength(2 * AGE_COUNT);
  targets.forEach((probability, at) => expect(probability).toBeCloseTo(ages[at % AGE_COUNT]!, 5));
});
