import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  FaceAgeClient,
  FaceAgeError,
  type FaceAgeClientOptions,
  type PhotoOutcome,
} from './client-0.1.js';
import { grayJpeg, levelOfAge } from './gray-photo.ts';
import { listen, type ListeningServer } from './listening.ts';
import { createTestService, type TestService, type TestServiceOptions } from './test-service.ts';
import { writableMemoryStore } from './fakes/writable-memory-store.ts';

/**
 * The suite of the released client 0.1 against the server of today: what it asks and reads must go on working.
 * @param name the server's settings in words
 * @param serverOptions by default feedback is kept in memory
 * @param clientOptions what the settings demand of a client, such as an API key
 */
export function describeClient01(
  name: string,
  serverOptions: TestServiceOptions = {},
  clientOptions: FaceAgeClientOptions = {},
): void {
  describe(`the client 0.1 of a server ${name}`, () => {
    let service: TestService;
    let server: ListeningServer;
    let client: FaceAgeClient;
    let photo: Buffer;

    async function start(options: TestServiceOptions): Promise<void> {
      service = await createTestService({
        feedback: { store: writableMemoryStore() },
        ...serverOptions,
        ...options,
      });
      server = await listen(service.app);
      client = new FaceAgeClient(`http://127.0.0.1:${server.port}/`, clientOptions);
    }
    async function stop(): Promise<void> {
      await server.close();
      await service.close();
    }
    beforeEach(async () => {
      await start({});
      photo = await grayJpeg(levelOfAge(30));
    });
    afterEach(stop);

    it('asks about a photo, given as bytes, a buffer or a blob', async () => {
      const answer = await client.predict(photo);
      expect(answer.prediction).toMatchObject({ index: 0, age: { mean: 30 } });
      expect(answer.prediction.id).toBe(`${answer.requestId}-0`);
      const copy = new Uint8Array(photo);
      expect((await client.predict(copy.buffer)).prediction.age.mean).toBe(30);
      expect((await client.predict(new Blob([copy]))).prediction.age.mean).toBe(30);
    });

    it('reads every field that it has a type for', async () => {
      const number = expect.any(Number) as number;
      const { prediction, model } = await client.predict(photo, { atLeast: [18] });
      const bucket = { label: '30-39', min: 30, max: 39, probability: number };
      expect(prediction).toMatchObject({
        bucket,
        age: { mean: 30, median: number, interval: { level: number, low: number, high: number } },
        atLeast: [{ age: 18, probability: number, decision: 'yes' }],
        warnings: expect.any(Array) as string[],
      });
      expect(prediction.buckets).toContainEqual(bucket);
      expect(model).toMatchObject({
        name: 'face-age',
        version: 1,
        engine: 'onnxruntime',
        device: 'cpu',
        precision: 'fp32',
      });
    });

    it('asks about all that the service can say', async () => {
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

    it('throws the error that the service answers with, by its code', async () => {
      const error = await client.predict(new Uint8Array(100)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FaceAgeError);
      expect(error).toMatchObject({ status: 415, code: 'unsupported_image_format' });
      expect((error as FaceAgeError).requestId).toMatch(/^[0-9a-f-]{36}$/);
      const unknown = client.predict(photo, { model: 9 });
      await expect(unknown).rejects.toMatchObject({ code: 'model_not_found' });
    });

    it('asks about many in their order, where one is bad the others all the same', async () => {
      const ages = [10, 20, 30, 40, 50, 60];
      const photos = await Promise.all(ages.map((age) => grayJpeg(levelOfAge(age))));
      photos[3] = Buffer.from('no photo');
      const outcomes: PhotoOutcome[] = [];
      for await (const outcome of client.predictAll(photos, { concurrency: 3 }))
        outcomes.push(outcome);
      expect(outcomes.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
      const text = outcomes.map((each) => (each.ok ? each.prediction.age.mean : each.error));
      expect(text).toEqual([10, 20, 30, expect.any(FaceAgeError), 50, 60]);
    });

    it('lists the models', async () => {
      expect(await client.models()).toMatchObject({
        name: 'face-age',
        state: 'serving',
        reason: null,
        current: { version: 1, alias: 'production', license: 'for tests only' },
        split: [{ alias: 'production', version: 1, share: 1 }],
        versions: [1],
        aliases: { production: 1 },
      });
    });

    it('gives feedback and takes it back', async () => {
      const { prediction } = await client.predict(photo);
      const { id } = await client.feedback(prediction.id, 33);
      await client.deleteFeedback(id);
      await expect(client.deleteFeedback(id)).rejects.toMatchObject({ code: 'feedback_not_found' });
    });

    it('learns how long to wait where no model is ready', async () => {
      await stop();
      await start({ ready: false });
      const impatient = new FaceAgeClient(`http://127.0.0.1:${server.port}`, {
        ...clientOptions,
        retries: 0,
      });
      await expect(impatient.predict(photo)).rejects.toMatchObject({
        status: 503,
        code: 'model_not_ready',
        retryAfterMs: expect.any(Number) as number,
      });
    });
  });
}
