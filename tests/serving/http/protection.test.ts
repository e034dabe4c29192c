import { createHash } from 'node:crypto';
import { pino } from 'pino';
import request from 'supertest';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Protection } from '../../../src/serving/http/middleware/protection.ts';
import { answerTo } from '../../support/answer-to.ts';
import { grayJpeg } from '../../support/gray-photo.ts';
import { exchange, listen } from '../../support/listening.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const KEY = 'the-key-of-the-shop';
const ADMIN_TOKEN = 'a-token-of-16-or-more';
const apiKeys = [
  { name: 'other', digest: createHash('sha256').update('another key').digest() },
  { name: 'shop', digest: createHash('sha256').update(KEY).digest() },
];

let photo: Buffer;
let service: TestService;
beforeAll(async () => void (photo = await grayJpeg(100)));
afterEach(() => service.close());

async function start(protection: Partial<Protection>): Promise<void> {
  service = await createTestService({ protection, adminToken: ADMIN_TOKEN });
}

function predict(headers: Record<string, string> = {}) {
  const asked = request(service.app).post('/v1/predict').set('Content-Type', 'image/jpeg');
  return asked.set(headers).send(photo);
}

async function countsOf(status: number): Promise<unknown> {
  const { values } = await service.metrics.httpRequests.get();
  return values.find(({ labels }) => labels.status === status && labels.route === '/v1/*')?.value;
}

describe('a server with API keys', () => {
  it('answers requests with a key in either header, and names the client in its log', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    service = await createTestService({ protection: { apiKeys }, logger });
    await predict({ Authorization: `Bearer ${KEY}` }).expect(200);
    await predict({ 'X-API-Key': KEY }).expect(200);
    expect(lines.filter((line) => line.includes('"client":"shop"'))).toHaveLength(2);
    expect(lines.join()).not.toContain(KEY);
  });

  it('refuses a request without a key or with an unknown one', async () => {
    await start({ apiKeys });
    const none = await answerTo(predict().expect(401));
    expect(none.body).toMatchObject({ code: 'unauthorized' });
    expect(none.headers['www-authenticate']).toBe('Bearer');
    const wrong = await answerTo(predict({ 'X-API-Key': `${KEY}x` }).expect(403));
    expect(wrong.body).toMatchObject({ code: 'forbidden' });
    await request(service.app).get('/v1/models').expect(401);
    expect(await countsOf(403)).toBe(1);
    const { values } = await service.metrics.images.get();
    expect(values).toEqual([]);
  });

  it('refuses before the body is read', async () => {
    await start({ apiKeys });
    const listening = await listen(service.app);
    const head = 'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n';
    const answer = await exchange(
      listening.port,
      `${head}Expect: 100-continue\r\nContent-Length: 900\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    await listening.close();
  });

  it('keeps the admin routes to their token, which opens the others too', async () => {
    await start({ apiKeys });
    const reload = () => request(service.app).post('/v1/admin/reload');
    await reload().set('Authorization', `Bearer ${KEY}`).expect(403);
    await reload().set('Authorization', `Bearer ${ADMIN_TOKEN}`).expect(200);
    await request(service.app)
      .get('/v1/models')
      .set('Authorization', `Bearer ${ADMIN_TOKEN}`)
      .expect(200);
  });

  it('still answers the health checks of platforms', async () => {
    await start({ apiKeys });
    for (const path of ['/healthz', '/readyz']) await request(service.app).get(path).expect(200);
  });

  it('shows its metrics to a key or the admin token', async () => {
    await start({ apiKeys });
    const metrics = (headers: Record<string, string>) =>
      request(service.app).get('/metrics').set(headers);
    await metrics({}).expect(401);
    await metrics({ 'X-API-Key': 'wrong' }).expect(403);
    await metrics({ 'X-API-Key': KEY }).expect(200);
    await metrics({ Authorization: `Bearer ${ADMIN_TOKEN}` }).expect(200);
  });

  it('answers 429 to many wrong keys and tokens of an address, and still admits right ones', async () => {
    await start({ apiKeys, trustProxy: ['loopback'] });
    const from = (address: string, path: string, key: string) =>
      request(service.app)
        .get(path)
        .set('X-Forwarded-For', address)
        .set('Authorization', `Bearer ${key}`);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await from('192.0.2.1', '/v1/models', 'wrong').expect(403);
      await from('192.0.2.1', '/v1/admin/retrain', 'wrong').expect(403);
    }
    for (const path of ['/v1/models', '/v1/admin/retrain', '/metrics']) {
      const { body, headers } = await answerTo(from('192.0.2.1', path, 'wrong').expect(429));
      expect(body).toMatchObject({ code: 'rate_limited' });
      expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
      await from('192.0.2.1', path, ADMIN_TOKEN).expect(200);
      await from('192.0.2.2', path, 'wrong').expect(403);
    }
    await from('192.0.2.1', '/v1/models', KEY).expect(200);
  });
});

describe('a server without API keys', () => {
  it('shows its metrics to all', async () => {
    await start({});
    await request(service.app).get('/metrics').expect(200);
  });

  it('shows locations only to administrators', async () => {
    service = await createTestService({ adminToken: ADMIN_TOKEN, ready: false });
    const fault = `${service.folder.root}/aliases/production.json cannot be read`;
    service.manager.reportSourceFault(fault);
    const ask = (path: string) => request(service.app).get(path);
    for (const path of ['/v1/models', '/readyz', '/v2/health/ready']) {
      const { text } = await ask(path);
      expect(text).toContain('cannot be read');
      expect(text).not.toContain(service.folder.root);
    }
    expect((await ask('/v1/models')).body).toMatchObject({ registry: 'folder' });
    const admin = await ask('/v1/models').set('Authorization', `Bearer ${ADMIN_TOKEN}`);
    expect(admin.body).toMatchObject({ registry: service.folder.root, reason: fault });
  });
});

describe('a server with a rate limit', () => {
  it('admits a number of requests in a minute, and says when to retry', async () => {
    await start({ ratePerMinute: 2 });
    const { headers } = await answerTo(predict().expect(200));
    expect(headers.ratelimit).toContain('r=1');
    await predict().expect(200);
    const refused = await answerTo(predict().expect(429));
    expect(refused.body).toMatchObject({ code: 'rate_limited' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    await request(service.app).get('/healthz').expect(200);
    const { values } = await service.metrics.rejected.get();
    expect(values.find(({ labels }) => labels.reason === 'rate_limited')!.value).toBe(1);
  });

  it('counts each key for itself, whatever the address', async () => {
    await start({ ratePerMinute: 1, apiKeys });
    await predict({ 'X-API-Key': KEY }).expect(200);
    await predict({ 'X-API-Key': 'another key' }).expect(200);
    await predict({ 'X-API-Key': KEY }).expect(429);
  });

  it('does not trust X-Forwarded-For from a client', async () => {
    await start({ ratePerMinute: 1 });
    await predict({ 'X-Forwarded-For': '203.0.113.1' }).expect(200);
    await predict({ 'X-Forwarded-For': '203.0.113.2' }).expect(429);
  });

  it('counts the clients of a trusted proxy by their addresses', async () => {
    await start({ ratePerMinute: 1, trustProxy: ['loopback'] });
    await predict({ 'X-Forwarded-For': '203.0.113.1' }).expect(200);
    await predict({ 'X-Forwarded-For': '203.0.113.2' }).expect(200);
    await predict({ 'X-Forwarded-For': '6.6.6.6, 203.0.113.2' }).expect(429);
  });
});

describe('a server that pages of an origin may ask', () => {
  const origin = 'https://shop.example.com';
  const preflight = (from: string) =>
    request(service.app)
      .options('/v1/predict')
      .set('Origin', from)
      .set('Access-Control-Request-Method', 'POST');

  it('answers their preflight requests without a key, and allows them to read the answer', async () => {
    await start({ origins: [origin], apiKeys });
    const asked = await preflight(origin).expect(204);
    expect(asked.headers['access-control-allow-origin']).toBe(origin);
    const { headers } = await predict({ Origin: origin, 'X-API-Key': KEY }).expect(200);
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(headers['access-control-expose-headers']).toContain('X-Request-Id');
  });

  it('allows no other origin', async () => {
    await start({ origins: [origin] });
    const { headers } = await preflight('https://evil.example.com');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('allows no origin if none is configured', async () => {
    await start({});
    const { headers } = await preflight(origin);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});
