import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utkFraming } from '../../../../src/registry/framing.ts';
import { browserPath, browserSkip, launchBrowser, openPage } from '../../../support/browser.ts';
import { facePhoto } from '../../../support/face-photo.ts';
import { grayJpeg, levelOfAge } from '../../../support/gray-photo.ts';
import { listen, type ListeningServer } from '../../../support/listening.ts';
import { createTestService, type TestService } from '../../../support/test-service.ts';

let service: TestService;
let server: ListeningServer;
let folder: string;
const file = (name: string) => path.join(folder, name);

beforeAll(async () => {
  service = await createTestService({ manifest: { framing: utkFraming } });
  server = await listen(service.app);
  folder = await mkdtemp(path.join(tmpdir(), 'face-age-page-view-'));
  const faces = [
    { left: 40, top: 60, side: 140, seed: 2 },
    { left: 340, top: 120, side: 260, seed: 3 },
  ];
  await writeFile(file('group.jpg'), await facePhoto(640, 480, faces));
  await writeFile(file('empty.jpg'), await grayJpeg(levelOfAge(40), 200));
});
afterAll(async () => {
  await server.close();
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(browserPath === undefined)(`answers on the page${browserSkip}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  /** A page with the answer for a group photo, and one for a photo that was chosen with it. */
  async function openWithAnswer(options: object) {
    const { page } = await openPage(browser, options);
    await page.goto(`http://127.0.0.1:${server.port}/`);
    await page.setInputFiles('#files', ['group.jpg', 'empty.jpg'].map(file));
    const verdict = page.locator('.photo', { hasText: 'group.jpg' }).locator('.verdict').first();
    await verdict.waitFor();
    return { page, verdict };
  }

  it.each([
    { width: 390, height: 844 },
    { width: 320, height: 480 },
    { width: 844, height: 390 },
  ])('come into view on a phone of $width×$height', async (viewport) => {
    for (const reducedMotion of ['reduce', 'no-preference']) {
      const { page, verdict } = await openWithAnswer({ viewport, reducedMotion });
      await expect
        .poll(async () => {
          const { y, height } = (await verdict.boundingBox())!;
          return y > 0 && y + height <= viewport.height;
        })
        .toBe(true);
      await page.close();
    }
  });

  it('do not move the window on a desktop', async () => {
    const { page } = await openWithAnswer({ viewport: { width: 1280, height: 900 } });
    await page.locator('.face-box').nth(1).waitFor();
    expect(await page.evaluate('scrollY')).toBe(0);
    await page.close();
  });
});
