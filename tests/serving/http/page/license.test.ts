import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, browserSkip, launchBrowser, openPage } from '../../../support/browser.ts';
import { listen } from '../../../support/listening.ts';
import { createTestService } from '../../../support/test-service.ts';

describe.skipIf(browserPath === undefined)(`the footer of the page${browserSkip}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it('names the license of the weights that serve', async () => {
    const service = await createTestService({ manifest: { license: 'CC BY 4.0 <b>(test)</b>' } });
    const server = await listen(service.app);
    const { page } = await openPage(browser, {});
    await page.goto(`http://127.0.0.1:${server.port}/`);
    const note = page.locator('footer #license');
    await note.waitFor();
    expect(await note.textContent()).toBe('Weights: face-age 1. License: CC BY 4.0 <b>(test)</b>');
    await page.close();
    await server.close();
    await service.close();
  });
});
