import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../../src/common/config/config.ts';
import { answerTo } from '../../../support/answer-to.ts';
import { exchange, listen } from '../../../support/listening.ts';
import { createTestService, type TestService } from '../../../support/test-service.ts';

let service: TestService;
afterEach(() => service.close());

async function start(...allowedHosts: string[]): Promise<void> {
  const allowed = allowedHosts.length === 0 ? undefined : allowedHosts;
  service = await createTestService({ protection: { allowedHosts: allowed, trustProxy: 1 } });
}

const statusOf = async (host: string, path = '/v1/models', more: Record<string, string> = {}) =>
  (
    await answerTo(
      request(service.app)
        .get(path)
        .set({ Host: host, ...more }),
    )
  ).status;

describe('ALLOWED_HOSTS', () => {
  it('admits the listed hosts, on any port unless one is listed', async () => {
    await start('faces.example.com', 'localhost:3000', '[::1]');
    for (const host of [
      'faces.example.com',
      'FACES.example.com:8443',
      'faces.example.com.',
      'localhost:3000',
      '[::1]:3000',
    ])
      expect([host, await statusOf(host)]).toEqual([host, 200]);
    for (const host of [
      'evil.example',
      'faces.example.com.evil.example',
      'localhost:3001',
      '1.2.3.4',
    ])
      expect([host, await statusOf(host)]).toEqual([host, 421]);
  });

  it('refuses every route but health checks, with a problem that names the setting', async () => {
    await start('faces.example.com');
    for (const path of ['/', '/docs', '/openapi.json', '/v2', '/metrics', '/nowhere'])
      expect([path, await statusOf('evil.example', path)]).toEqual([path, 421]);
    const sent = request(service.app).post('/v1/predict').set('Host', 'evil.example');
    const { body } = await answerTo(sent.send('x').expect(421));
    expect(body).toMatchObject({ code: 'host_not_allowed' });
    expect((body as { detail: string }).detail).toContain('ALLOWED_HOSTS');
    for (const path of ['/healthz', '/readyz', '/v2/health/live', '/v2/health/ready'])
      expect([path, await statusOf('10.1.2.3:3000', path)]).toEqual([path, 200]);
  });

  it('lets Prometheus ask a pod by its address', async () => {
    await start('faces.example.com');
    expect(await statusOf('10.1.2.3:3000', '/metrics')).toBe(200);
    expect(await statusOf('[fd00::7]:3000', '/metrics')).toBe(200);
  });

  it('does not believe a forwarded host, which a page can set', async () => {
    await start('faces.example.com');
    const forwarded = { 'X-Forwarded-Host': 'faces.example.com' };
    expect(await statusOf('evil.example', '/v1/models', forwarded)).toBe(421);
  });

  it('refuses a request without a host', async () => {
    await start('faces.example.com');
    const listening = await listen(service.app);
    const answer = await exchange(listening.port, 'GET /v1/models HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    await listening.close();
  });

  it('answers any host where it is not set', async () => {
    await start();
    expect(await statusOf('whatever.example')).toBe(200);
    expect(readConfig({}).ALLOWED_HOSTS).toBeUndefined();
  });

  it.each(['https://faces.example.com', 'a/b', 'host:x', 'host:70000', '*', ',', 'a b'])(
    'cannot be %j',
    async (value) => {
      await start();
      expect(() => readConfig({ ALLOWED_HOSTS: value })).toThrow(/ALLOWED_HOSTS must be a list/);
    },
  );

  it('is a list', async () => {
    await start();
    const { ALLOWED_HOSTS } = readConfig({ ALLOWED_HOSTS: 'a.example, b:3000 ,[::1]:3000' });
    expect(ALLOWED_HOSTS).toEqual(['a.example', 'b:3000', '[::1]:3000']);
  });
});
