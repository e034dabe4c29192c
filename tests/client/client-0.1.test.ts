import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utkFraming } from '../../src/registry/framing.ts';
import { FaceAgeClient, type PhotoOutcome } from '../support/client-0.1.js';
import { describeClient01 } from '../support/describe-client-0.1.ts';
import { facePhoto } from '../support/face-photo.ts';
import { writableMemoryStore } from '../support/fakes/writable-memory-store.ts';
import { grayJpeg, levelOfAge } from '../support/gray-photo.ts';
import { listen, type ListeningServer } from '../support/listening.ts';
import { createTestService, type TestService } from '../support/test-service.ts';

const apiKey = 'a-key-of-16-or-more';
const digest = createHash('sha256').update(apiKey).digest();

describeClient01('as it is by default');
describeClient01(
  'that wants an API key',
  { protection: { apiKeys: [{ name: 'old', digest }] } },
  { apiKey },
);

describeClient01('with FACES=none and a version that can find faces', {
  manifest: { framing: utkFraming },
  settings: { FACES: 'none' },
});

describe('the client 0.1 of a server that finds faces', () => {
  let service: TestService;
  let server: ListeningServer;
  let client: FaceAgeClient;
  let photo: Buffer;

  beforeAll(async () => {
    service = await createTestService({
      manifest: { framing: utkFraming },
      feedback: { store: writableMemoryStore() },
    });
    server = await listen(service.app);
    client = new FaceAgeClient(`http://127.0.0.1:${server.port}/`);
    photo = await facePhoto(640, 480, [{ left: 200, top: 100, side: 220, seed: 5 }]);
  });
  afterAll(async () => {
    await server.close();
    await service.close();
  });

  it('reads the answer for a whole photo', async () => {
    const { prediction, requestId } = await client.predict(photo, { atLeast: [18] });
    expect(prediction.id).toBe(`${requestId}-0`);
    expect(prediction.buckets.length).toBeGreaterThan(1);
    expect(prediction.age.interval.low).toBeLessThanOrEqual(prediction.age.interval.high);
    expect(prediction.atLeast).toHaveLength(1);
    expect(prediction.warnings).toBeInstanceOf(Array);
  });

  it('gets what it got before for a crop, which is the framed face', async () => {
    const framed = await grayJpeg(levelOfAge(30));
    const crop = { x: 0, y: 0, width: 0.5, height: 0.5 };
    expect((await client.predict(framed, { crop })).prediction.age.mean).toBe(30);
    expect((await client.predict(framed, { crop: 'center' })).prediction.age.mean).toBe(30);
  });

  it('throws an error with its code for a photo without a face, and goes on with the others', async () => {
    const outcomes: PhotoOutcome[] = [];
    for await (const outcome of client.predictAll([photo, await grayJpeg(100), photo]))
      outcomes.push(outcome);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(outcomes[1]).toMatchObject({ error: { status: 422, code: 'no_face' } });
  });

  it('gives feedback and takes it back', async () => {
    const { prediction } = await client.predict(photo);
    const { id } = await client.feedback(prediction.id, 33);
    await client.deleteFeedback(id);
  });
});
