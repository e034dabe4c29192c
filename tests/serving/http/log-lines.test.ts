import { createHash } from 'node:crypto';
import { pino } from 'pino';
import request from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCampaign } from '../../../bench/fuzz/run-campaign.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { listen } from '../../support/listening.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const ADMIN_TOKEN = 'the-token-of-the-admin';
const KEY = 'the-key-of-a-client';
const digest = createHash('sha256').update(KEY).digest();

let service: TestService;
let photo: Buffer;
const lines: string[] = [];
beforeAll(async () => {
  photo = await grayJpeg(100);
  service = await createTestService({
    adminToken: ADMIN_TOKEN,
    protection: { apiKeys: [{ name: 'shop', digest }] },
    logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
  });
});
afterAll(() => service.close());
beforeEach(() => void lines.splice(0));

const predict = () => request(service.app).post('/v1/predict').set('X-API-Key', KEY);
const logged = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the line of a request in the log', () => {
  it('shows the request, the version that answered, and the duration of each stage', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const { headers } = await predict()
      .set('traceparent', `00-${traceId}-00f067aa0ba902b7-01`)
      .attach('image', photo, 'a.jpg')
      .attach('image', photo, 'b.jpg')
      .expect(200);
    const [line, ...more] = logged();
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      msg: 'request',
      requestId: headers['x-request-id'],
      method: 'POST',
      route: '/v1/predict',
      status: 200,
      version: 1,
      images: 2,
      client: 'shop',
      traceId,
      parentId: '00f067aa0ba902b7',
    });
    expect(headers.traceresponse).toBe(`00-${traceId}-${String(line!.spanId)}-01`);
    const { uploadMs, preprocessMs, queueMs, inferenceMs, batchSize, durationMs } = line!;
    for (const time of [uploadMs, preprocessMs, queueMs, inferenceMs])
      expect(time).toBeLessThanOrEqual(Number(durationMs));
    expect(preprocessMs).toBeGreaterThan(0);
    expect([1, 2]).toContain(batchSize);
  });

  it('names the fault, and what was done until then', async () => {
    await predict()
      .set('Content-Type', 'image/jpeg')
      .send(photo.subarray(0, photo.length / 2))
      .expect(422);
    const [line] = logged();
    expect(line).toMatchObject({ status: 422, code: 'image_undecodable' });
    expect(line).toHaveProperty('uploadMs');
    expect(line).not.toHaveProperty('inferenceMs');
  });
});

describe('the log', () => {
  it('never holds tokens, keys, file names or bytes of photos, whatever is sent', async () => {
    const base64 = photo.toString('base64');
    const form = () => predict().attach('image', photo, 'private name.jpg');
    await form().expect(200);
    await predict().send({ images: [base64] });
    await predict().send({ images: [`${base64}!`] });
    await predict().set('Content-Type', 'application/json').send(`{"images":["${base64}"`);
    await request(service.app)
      .post('/v1/admin/promote')
      .set('Authorization', `Bearer ${ADMIN_TOKEN}`)
      .send({ version: 99 });
    await request(service.app).get('/v1/models').set('Authorization', 'Bearer a-wrong-secret');
    const listening = await listen(service.app);
    await runCampaign({ port: listening.port, requests: 150, seed: 2, concurrency: 4 });
    await listening.close();
    const all = lines.join('\n');
    expect(lines.length).toBeGreaterThan(100);
    for (const secret of [ADMIN_TOKEN, KEY, 'a-wrong-secret', digest.toString('hex')])
      expect(all).not.toContain(secret);
    expect(all).not.toContain('private name');
    expect(all).not.toContain(base64.slice(100, 130));
    expect(all).not.toContain('JFIF');
  });
});
