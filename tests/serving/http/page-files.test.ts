import { stat } from 'node:fs/promises';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  docsFileRoute,
  pageFileRoute,
  pageRoute,
} from '../../../src/serving/http/routes/page-routes.ts';
import { listen, type ListeningServer } from '../../support/listening.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

let service: TestService;
let server: ListeningServer;

beforeAll(async () => {
  service = await createTestService();
  server = await listen(service.app);
});
afterAll(async () => {
  await server.close();
  await service.close();
});

describe('the files of the page', () => {
  const get = (route: string) => fetch(`http://127.0.0.1:${server.port}${route}`);

  it('are those it loads, and together less than 100 kB', async () => {
    const html = await (await get('/')).text();
    const loaded = new Set<string>();
    const queue = [...html.matchAll(/(?:href|src)="(page\/[^"]+)"/g)].map(([, route]) => route!);
    let bytes = html.length;
    for (let route = queue.pop(); route !== undefined; route = queue.pop()) {
      if (loaded.has(route)) continue;
      loaded.add(route);
      const answer = await get(`/${route}`);
      expect(answer.status, route).toBe(200);
      const text = await answer.text();
      bytes += text.length;
      queue.push(...[...text.matchAll(/from '\.\/([\w.-]+)'/g)].map(([, name]) => `page/${name}`));
    }
    expect(loaded.size).toBeGreaterThan(8);
    expect(bytes).toBeLessThan(100_000);
  });

  it('come with a policy that allows nothing from elsewhere and nothing inline', async () => {
    const policy = (await get('/')).headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*/);
  });

  it('are the end of their requests: nothing runs behind them', async () => {
    const behind: string[] = [];
    const app = express();
    app.get('/', pageRoute);
    app.get('/page/:file', pageFileRoute);
    app.get('/docs/:file', docsFileRoute);
    app.use((request, response) => {
      behind.push(request.path);
      response.end();
    });
    for (const route of ['/', '/page/page.css', '/docs/swagger-ui.css', '/other']) {
      await request(app).get(route).set('Range', 'bytes=9999999-').expect(200);
    }
    expect(behind).toEqual(['/other']);
  });

  it('are no others', async () => {
    for (const route of ['/page/tsconfig.json', '/page/..%2Fapp.ts', '/page/index.html']) {
      expect((await get(route)).status).toBe(404);
    }
    expect((await stat('src/serving/http/page/tsconfig.json')).isFile()).toBe(true);
  });
});
