import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import type * as answers from '../../src/client/answers.ts';
import { FaceAgeClient, FaceAgeError, type PhotoOutcome } from '../../src/client/client.ts';
import type { ModelsAnswer } from '../../src/serving/http/routes/models-answer.ts';
import type * as schemas from '../../src/serving/predict/answer.ts';
import { grayJpeg, levelOfAge } from '../support/gray-photo.ts';
import { listen, type ListeningServer } from '../support/listening.ts';
import { writableMemoryStore } from '../support/fakes/writable-memory-store.ts';
import { createTestService, type TestService } from '../support/test-service.ts';

let service: TestService;
let server: ListeningServer;
let client: FaceAgeClient;
let photo: Uint8Array;

beforeEach(async () => {
  service = await createTestService({ feedback: { store: writableMemoryStore() } });
  server = await listen(service.app);
  client = new FaceAgeClient(`http://127.0.0.1:${server.port}/`);
  photo = await grayJpeg(levelOfAge(30));
});
afterEach(async () => {
  await server.close();
  await service.close();
});

describe('the client of a real service', () => {
  it('estimates a photo given as bytes, a buffer or a blob', async () => {
    const { prediction, model, requestId } = await client.predict(photo);
    expect(prediction).toMatchObject({ index: 0, bucket: { label: '30-39' }, age: { mean: 30 } });
    expect(model).toMatchObject({ name: 'face-age', version: 1 });
    expect(prediction.id).toBe(`${requestId}-0`);
    const copy = new Uint8Array(photo);
    expect((await client.predict(copy.buffer)).prediction.age.mean).toBe(30);
    expect((await client.predict(new Blob([copy]))).prediction.age.mean).toBe(30);
  });

  it('passes every prediction option to the service', async () => {
    const { prediction } = await client.predict(photo, {
      atLeast: [18, 65],
      confidence: 0.9,
      buckets: [
        [0, 17],
        [18, 120],
      ],
      crop: { x: 0, y: 0, width: 0.5, height: 0.5 },
      margin: 0.1,
      model: 'production',
    });
    expect(prediction.buckets.map(({ label }) => label)).toEqual(['0-17', '18-120']);
    expect(prediction.atLeast.map(({ decision }) => decision)).toEqual(['yes', 'no']);
  });

  it("throws the service's error with its code", async () => {
    const error = await client.predict(new Uint8Array(100)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FaceAgeError);
    expect(error).toMatchObject({ status: 415, code: 'unsupported_image_format' });
    expect((error as FaceAgeError).requestId).toMatch(/^[0-9a-f-]{36}$/);
    await expect(client.predict(photo, { model: 9 })).rejects.toMatchObject({
      code: 'model_not_found',
    });
  });

  it('answers many photos in order, even if one of them is bad', async () => {
    const photos = await Promise.all(
      [10, 20, 30, 40, 50, 60].map((age) => grayJpeg(levelOfAge(age))),
    );
    photos[3] = Buffer.from('no photo');
    const outcomes: PhotoOutcome[] = [];
    for await (const outcome of client.predictAll(photos, { concurrency: 3 }))
      outcomes.push(outcome);
    expect(outcomes.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(outcomes.map((each) => (each.ok ? each.prediction.age.mean : each.error))).toEqual([
      10,
      20,
      30,
      expect.any(FaceAgeError),
      50,
      60,
    ]);
  });

  it('lists models, submits feedback and removes it', async () => {
    expect(await client.models()).toMatchObject({ state: 'serving', current: { version: 1 } });
    const { prediction } = await client.predict(photo);
    const { id } = await client.feedback(prediction.id, 33);
    await client.deleteFeedback(id);
    await expect(client.deleteFeedback(id)).rejects.toMatchObject({ code: 'feedback_not_found' });
  });

  it("has the types of the service's responses", () => {
    expectTypeOf<schemas.Prediction>().toExtend<answers.Prediction>();
    expectTypeOf<schemas.PredictAnswer['model']>().toExtend<answers.ModelIdentity>();
    expectTypeOf<answers.ModelIdentity>().toExtend<schemas.PredictAnswer['model']>();
    expectTypeOf<schemas.Failure['error']>().toExtend<answers.Problem>();
    expectTypeOf<ModelsAnswer>().toExtend<answers.ModelsAnswer>();
  });
});
