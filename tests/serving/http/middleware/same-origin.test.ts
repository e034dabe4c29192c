import express, { type Express } from 'express';
import request from 'supertest';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../../../src/common/logger.ts';
import { createMetrics } from '../../../../src/common/metrics/metrics.ts';
import { errorHandler } from '../../../../src/serving/http/middleware/error-handler.ts';
import { beginRequest } from '../../../../src/serving/http/middleware/request-context.ts';
import { refuseOtherOrigins } from '../../../../src/serving/http/middleware/same-origin.ts';
import { answerTo } from '../../../support/answer-to.ts';
import { browserPath, browserSkip, launchBrowser } from '../../../support/browser.ts';
import { writableMemoryStore } from '../../../support/fakes/writable-memory-store.ts';
import { grayJpeg } from '../../../support/gray-photo.ts';
import { listen } from '../../../support/listening.ts';
import { createTestService, type TestService } from '../../../support/test-service.ts';

function appWith({ origins, trustProxy = 0 }: { origins?: string[]; trustProxy?: number } = {}) {
  const app = express().set('trust proxy', trustProxy);
  app.use(beginRequest(), refuseOtherOrigins(origins));
  app.all('/{*path}', (_request, response) => void response.status(204).end());
  return app.use(errorHandler(createLogger('silent'), createMetrics()));
}

type Headers = Record<string, string>;
const statusOf = async (headers: Headers, app: Express = appWith(), method = 'post') => {
  const sent = request(app)[method as 'post']('/').set('Host', 'faces.example.com').set(headers);
  return (await answerTo(sent)).status;
};

describe('a write', () => {
  it.each<[string, Headers]>([
    ['of a client that is no browser', {}],
    ['of the own page', { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://faces.example.com' }],
    ['of the own page, whatever name the proxy asked', { 'Sec-Fetch-Site': 'same-origin' }],
    ['of the user', { 'Sec-Fetch-Site': 'none' }],
    ['of the own page in a browser that sends only Origin', { Origin: 'http://faces.example.com' }],
    ['of the own page behind a proxy with TLS', { Origin: 'https://faces.example.com' }],
    [
      'to a port that follows from the scheme',
      { Origin: 'https://faces.example.com', Host: 'faces.example.com:443' },
    ],
    [
      'to another port',
      { Origin: 'http://faces.example.com:3000', Host: 'faces.example.com:3000' },
    ],
    ['to an address', { Origin: 'http://[::1]:3000', Host: '[::1]:3000' }],
    ['in any case', { Origin: 'https://Faces.example.com', Host: 'faces.EXAMPLE.com' }],
  ])('%s is admitted', async (_what, headers) => {
    expect(await statusOf(headers)).toBe(204);
  });

  it.each<[string, Headers]>([
    ['of another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['of a sibling domain', { 'Sec-Fetch-Site': 'same-site' }],
    ['with an unknown site', { 'Sec-Fetch-Site': 'same-origin, cross-site' }],
    ['of another origin', { Origin: 'https://evil.example' }],
    [
      'of another origin that claims the host',
      { Origin: 'https://faces.example.com.evil.example' },
    ],
    ['of another port', { Origin: 'http://faces.example.com:8080' }],
    ['of a sandboxed page', { Origin: 'null' }],
    ['of an empty origin', { Origin: '' }],
    ['of an extension', { Origin: 'chrome-extension://faces.example.com' }],
    [
      'of another site that sends the own origin',
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://faces.example.com' },
    ],
    [
      'whose forwarded host no trusted proxy sent',
      { Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' },
    ],
  ])('%s is refused', async (_what, headers) => {
    for (const method of ['post', 'put', 'delete', 'patch'])
      expect(await statusOf(headers, appWith(), method)).toBe(403);
  });

  it('of an origin in CORS_ORIGINS is admitted', async () => {
    const foreign = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://shop.example' };
    expect(await statusOf(foreign, appWith({ origins: ['https://shop.example'] }))).toBe(204);
    expect(await statusOf(foreign, appWith({ origins: ['https://other.example'] }))).toBe(403);
    expect(await statusOf(foreign, appWith({ origins: ['*'] }))).toBe(204);
  });

  it('is compared with the host that a trusted proxy names', async () => {
    const own = { Host: 'face-age:3000', 'X-Forwarded-Host': 'faces.example.com' };
    const headers = { ...own, Origin: 'https://faces.example.com' };
    expect(await statusOf(headers, appWith({ trustProxy: 1 }))).toBe(204);
    expect(await statusOf(headers)).toBe(403);
    const evil = { ...own, Origin: 'https://evil.example' };
    expect(await statusOf(evil, appWith({ trustProxy: 1 }))).toBe(403);
  });
});

it('reading is not restricted: the browser keeps the answer from other origins', async () => {
  for (const method of ['get', 'head'])
    expect(await statusOf({ 'Sec-Fetch-Site': 'cross-site' }, appWith(), method)).toBe(204);
});

describe('the service', () => {
  const ADMIN_TOKEN = 'a-token-of-16-or-more';
  let service: TestService;
  afterEach(() => service.close());

  it('refuses writes of other origins to feedback and admin routes, but predicts', async () => {
    service = await createTestService({
      adminToken: ADMIN_TOKEN,
      feedback: { store: writableMemoryStore() },
    });
    const foreign = (test: request.Test) =>
      test.set('Origin', 'https://evil.example').set('Authorization', `Bearer ${ADMIN_TOKEN}`);
    const photo = await grayJpeg(100);
    for (const path of ['/v1/feedback', '/V1/Feedback/', '/v1/admin/reload', '/v1/admin/promote']) {
      const sent = foreign(request(service.app).post(path)).field('age', '30');
      const { body } = await answerTo(sent.attach('image', photo, 'a.jpg').expect(403));
      expect(body).toMatchObject({ code: 'cross_origin' });
    }
    await foreign(request(service.app).delete('/v1/feedback/x')).expect(403);
    await foreign(request(service.app).get('/v1/feedback')).expect(200);
    const predicted = foreign(request(service.app).post('/v1/predict'));
    await predicted.attach('image', photo, 'a.jpg').expect(200);
  });
});

describe.skipIf(browserPath === undefined)(`a real browser${browserSkip}`, () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launchBrowser()));
  afterAll(() => browser.close());

  it('may send feedback from the own page and not from that of another port', async () => {
    const store = writableMemoryStore();
    const service = await createTestService({ feedback: { store } });
    const page = express().get('/', (_request, response) => void response.send('<title>x</title>'));
    const [own, other] = await Promise.all([listen(service.app), listen(page)]);
    const send = async (from: number) => {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${from}/`);
      const status = await page.evaluate(async (url) => {
        const form = new FormData();
        form.append('age', '30');
        // Without a preflight, as an attacker would send it; the browser keeps the answer from another origin.
        const sent = fetch(url, { method: 'POST', body: form, mode: 'no-cors' });
        return sent.then(
          ({ status }) => status,
          () => 'unknown',
        );
      }, `http://127.0.0.1:${own.port}/v1/feedback`);
      await page.close();
      return status;
    };
    const counts = async (code: number) => {
      const { values } = await service.metrics.httpRequests.get();
      return values.find(({ labels }) => labels.status === code)?.value;
    };
    // A form without a photo: the route itself answers.
    expect(await send(own.port)).toBe(400);
    expect(await send(other.port)).toBe('unknown');
    expect([await counts(400), await counts(403)]).toEqual([1, 1]);
    await Promise.all([own, other].map((server) => server.close()));
    await service.close();
  });
});
