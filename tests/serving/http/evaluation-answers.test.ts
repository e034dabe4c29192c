import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bucket } from '../../../src/inference/head/buckets.ts';
import { exactly, parseAge } from '../../../src/learning/dataset/age-range.ts';
import { openServiceEvaluator } from '../../../src/learning/evaluation/evaluators.ts';
import { measureRanges } from '../../../src/learning/evaluation/ranges/measure-ranges.ts';
import { ServiceError } from '../../../src/common/errors.ts';
import {
  answersOfEstimator,
  type AnsweredPhoto,
  type PhotoToEvaluate,
  type SkippedPhoto,
} from '../../../src/learning/evaluation/evaluated-photo.ts';
import { answersOverHttp, askServedModel } from '../../../src/learning/evaluation/http-answers.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { listen, type ListeningServer } from '../../support/listening.ts';
import { evaluatedPhoto } from '../../support/models/evaluated-photos.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

let folder: string;
let service: TestService;
let server: ListeningServer;
let origin: string;
let skipped: SkippedPhoto[];
const onSkipped = (photo: SkippedPhoto) => void skipped.push(photo);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'answers-'));
  service = await createTestService();
  server = await listen(service.app);
  origin = `http://127.0.0.1:${server.port}`;
});
beforeEach(() => {
  skipped = [];
});
afterAll(async () => {
  await server.close();
  await service.close();
  await rm(folder, { recursive: true });
});

async function photo(name: string, content: Uint8Array | string): Promise<PhotoToEvaluate> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return photoAt(file);
}

function photoAt(file: string): PhotoToEvaluate {
  return { file, age: exactly(30), groups: { sex: '0' }, read: () => readFile(file) };
}

async function all(answers: AsyncIterable<AnsweredPhoto>): Promise<AnsweredPhoto[]> {
  const answered: AnsweredPhoto[] = [];
  for await (const one of answers) answered.push(one);
  return answered;
}

const grayPhotos = (ages: readonly number[]) =>
  Promise.all(ages.map(async (age) => photo(`${age}.jpg`, await grayJpeg(levelOfAge(age)))));

describe('answersOverHttp', () => {
  it('asks which version serves', async () => {
    const { manifest, engine, device } = await askServedModel(origin);
    expect(manifest).toMatchObject({ name: 'face-age', version: 1, head: { maxAge: 100 } });
    expect([engine, device]).toEqual(['onnxruntime', 'cpu']);
  });

  it('shows each answer beside its photo, over several requests', async () => {
    const ages = Array.from({ length: 17 }, (_, index) => 5 * index);
    const photos = await grayPhotos(ages);
    const answered = await all(answersOverHttp({ origin, version: 1 }, photos, onSkipped));
    expect(answered.map(({ file }) => file)).toEqual(photos.map(({ file }) => file));
    answered.forEach(({ estimate }, index) =>
      expect(Math.abs(estimate.mean - ages[index]!)).toBeLessThanOrEqual(1),
    );
    expect(answered[4]!.estimate.bucketProbabilities()[2]).toBe(1);
    expect(answered[0]!.groups).toEqual({ sex: '0' });
  });

  it('leaves out photos that it cannot read, even if they make up a whole request', async () => {
    const [good] = await grayPhotos([40]);
    const bad = await photo('bad.jpg', 'no picture');
    const missing = photoAt(path.join(folder, 'missing.jpg'));
    const from = { origin, version: 1 };
    expect(await all(answersOverHttp(from, [bad, missing, good!], onSkipped))).toHaveLength(1);
    expect(skipped.map(({ file }) => path.basename(file))).toEqual(['missing.jpg', 'bad.jpg']);
    expect(await all(answersOverHttp(from, [bad], onSkipped))).toEqual([]);
    expect(skipped).toHaveLength(3);
  });

  it('stops if another version answers', async () => {
    const photos = await grayPhotos([40]);
    await expect(all(answersOverHttp({ origin, version: 2 }, photos, onSkipped))).rejects.toThrow(
      'Version 1 answered while version 2 was evaluated; start again.',
    );
  });

  it('sends the mode that was asked for, and none by default', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    const photos = await grayPhotos([40]);
    for (const faces of ['none', undefined] as const)
      await all(answersOverHttp({ origin, version: 1, faces }, photos, onSkipped));
    const sent = fetched.mock.calls.map(([url]) => (url as URL).searchParams.get('faces'));
    expect(sent).toEqual(['none', null]);
    fetched.mockRestore();
  });

  it('sums the buckets that it asked for over the edges of others', async () => {
    const photos = await grayPhotos([40]);
    const ask = (buckets?: readonly Bucket[]) =>
      all(answersOverHttp({ origin, version: 1, buckets }, photos, onSkipped));
    const bucket = (min: number, max: number) => ({ label: `${min}-${max}`, min, max });
    const [asked] = await ask([bucket(0, 34), bucket(35, 39), bucket(40, 44), bucket(45, 120)]);
    const [own] = await ask();
    const halves = asked!.estimate.bucketProbabilities([bucket(0, 34), bucket(35, 130)]);
    expect(halves[1]).toBeGreaterThan(0.9);
    expect(halves[0]! + halves[1]!).toBeCloseTo(1, 3);
    expect(asked!.estimate.median).toBe(own!.estimate.median);
    expect(() => own!.estimate.bucketProbabilities([bucket(35, 44)])).toThrow(
      'The service did not answer 35 to 44.',
    );
  });

  it('asks for every age where labels are ranges, so that their groups can be summed', async () => {
    const photos = await grayPhotos([40, 60]);
    const labels = [parseAge('35-44')!, parseAge('45+')!];
    const ranges = photos.map((one, index) => ({ ...one, age: labels[index]!, source: 'a' }));
    const evaluator = await openServiceEvaluator(origin);
    const answered = await all(evaluator.answers(ranges, onSkipped));
    expect(answered.map(({ source, age }) => [source, age])).toEqual([
      ['a', labels[0]],
      ['a', labels[1]],
    ]);
    expect(measureRanges(answered, 1).all).toMatchObject({ groupAccuracy: 1, withinOneGroup: 1 });
    const fetched = vi.spyOn(globalThis, 'fetch');
    await all(evaluator.answers(photos, onSkipped));
    expect((fetched.mock.calls[0]![0] as URL).searchParams.get('buckets')).toBeNull();
    fetched.mockRestore();
  });

  it('stops if the service fails', async () => {
    const failing = await createTestService({ ready: false });
    const unready = await listen(failing.app);
    const from = { origin: `http://127.0.0.1:${unready.port}`, version: 1 };
    await expect(askServedModel(from.origin)).rejects.toThrow('serves no model yet');
    await expect(all(answersOverHttp(from, await grayPhotos([40]), onSkipped))).rejects.toThrow(
      /^503 for .*40\.jpg and 0 more: .*model_not_ready/,
    );
    await unready.close();
    await failing.close();
  });
});

describe('answersOfEstimator', () => {
  const { estimate } = evaluatedPhoto(30, { 30: 1 });

  it('skips faulty photos and continues', async () => {
    const photos = [await photo('bad', 'bad'), await photo('good', 'good')];
    const estimateAge = (bytes: Uint8Array) =>
      Buffer.from(bytes).toString() === 'good'
        ? Promise.resolve({ estimate } as never)
        : Promise.reject(new ServiceError('image_undecodable', 'It is no picture.'));
    const answered = await all(answersOfEstimator(estimateAge, photos, onSkipped));
    expect(answered).toEqual([{ ...photos[1]!, estimate }]);
    expect(skipped).toEqual([
      { file: photos[0]!.file, kind: 'unreadable', reason: 'It is no picture.' },
    ]);
  });

  it('counts photos without a face apart from those that cannot be read', async () => {
    const photos = [await photo('wall', 'wall')];
    const fault = new ServiceError('no_face', 'No face was found in the photo.');
    const answers = answersOfEstimator(() => Promise.reject(fault), photos, onSkipped);
    expect(await all(answers)).toEqual([]);
    expect(skipped).toMatchObject([{ file: photos[0]!.file, kind: 'no_face' }]);
  });

  it('stops if the model fails', async () => {
    const photos = [await photo('good', 'good')];
    const fault = new ServiceError('inference_failed', 'The model could not answer.');
    const answers = answersOfEstimator(() => Promise.reject(fault), photos, onSkipped);
    await expect(all(answers)).rejects.toBe(fault);
  });
});
