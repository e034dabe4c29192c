import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, browserSkip, launchBrowser, openPage } from '../../support/browser.ts';
import { listen, type ListeningServer } from '../../support/listening.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

let service: TestService;
let server: ListeningServer;
let browser: Browser | undefined;

beforeAll(async () => {
  service = await createTestService();
  server = await listen(service.app);
  if (browserPath !== undefined) browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server.close();
  await service.close();
});

describe('/docs', () => {
  it.skipIf(browserPath === undefined).each(['/docs', '/docs/'])(
    `shows every operation with nothing from elsewhere, at %s${browserSkip}`,
    async (path) => {
      const { page, complaints } = await openPage(browser!);
      const hosts = new Set<string>();
      page.on('request', (request) => hosts.add(new URL(request.url()).host));
      await page.goto(`http://127.0.0.1:${server.port}${path}`);
      await page.getByText('Find the faces in each photo and estimate their ages').waitFor();
      expect(await page.locator('.opblock').count()).toBeGreaterThanOrEqual(15);
      await page.locator('#operations-predictions-predict button').first().click();
      await page.getByText('probability from which a decision').waitFor();
      expect([...hosts]).toEqual([`127.0.0.1:${server.port}`]);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  it('has no other file of the package', async () => {
    const other = await fetch(`http://127.0.0.1:${server.port}/docs/package.json`);
    expect(other.status).toBe(404);
    const climbing = await fetch(`http://127.0.0.1:${server.port}/docs/..%2Fpackage.json`);
    expect(climbing.status).toBe(404);
  });

  it('allows the page nothing from elsewhere and nothing inline', async () => {
    const { headers } = await fetch(`http://127.0.0.1:${server.port}/docs`);
    const policy = headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('http');
  });
});
