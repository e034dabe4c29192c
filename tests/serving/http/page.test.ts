import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import { utkFraming } from '../../../src/registry/framing.ts';
import { unprotected } from '../../../src/serving/http/middleware/protection.ts';
import { violations } from '../../support/axe.ts';
import { browserPath, browserSkip, launchBrowser, openPage } from '../../support/browser.ts';
import { grayJpeg, levelOfAge } from '../../support/gray-photo.ts';
import { listen, type ListeningServer } from '../../support/listening.ts';
import { encoder, paint } from '../../support/pictures.ts';
import { createTestService, type TestService } from '../../support/test-service.ts';

const manifest = { framing: utkFraming };
const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

let service: TestService;
let server: ListeningServer;
let folder: string;
const file = (name: string) => path.join(folder, name);

beforeAll(async () => {
  // A camera's photo is larger than what other tests send.
  const limits = { uploadMaxBytes: 2_000_000, requestMaxBytes: 4_000_000 };
  service = await createTestService({ manifest, limits, maxPixels: 5_000_000 });
  server = await listen(service.app);
  folder = await mkdtemp(path.join(tmpdir(), 'face-age-page-'));
  await writeFile(file('face.jpg'), drawFaceJpeg({ age: 34, seed: 1 }));
  await writeFile(file('young.jpg'), await grayJpeg(levelOfAge(25)));
  await writeFile(file('old.jpg'), await grayJpeg(levelOfAge(71)));
  // 25 years old on the left, 71 on the right.
  const pair = paint(400, 200, (x) => {
    const level = levelOfAge(x < 200 ? 25 : 71);
    return [level, level, level];
  });
  await writeFile(file('pair.png'), await encoder(pair).png().toBuffer());
  await writeFile(file('note.jpg'), 'no photo at all');
});
afterAll(async () => {
  await server.close();
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(browserPath === undefined)(`the page${browserSkip}`, () => {
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(() => open());
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.close();
  });

  async function open(viewport = sizes.desktop, options = {}): Promise<void> {
    ({ page, complaints } = await openPage(browser, {
      viewport,
      permissions: ['camera'],
      ...options,
    }));
    await page.goto(`http://127.0.0.1:${server.port}/`);
  }
  const choose = (...names: string[]) => page.setInputFiles('#files', names.map(file));
  const card = (name: string) => page.locator('.photo', { hasText: name });
  /** Gray photos have no face, and the fake engine knows the age of a marked square. */
  const mark = (name: string) =>
    card(name).getByRole('button', { name: 'Mark the face yourself' }).click();
  const chooseAndMark = async (...names: string[]) => {
    await choose(...names);
    for (const name of names) await mark(name);
  };
  const age = (name: string) => card(name).locator('.age');
  const says = (locator: ReturnType<typeof age>, text: string) =>
    locator.filter({ hasText: text }).waitFor();

  it('shows buckets, age, model, time and the same request for curl', async () => {
    await chooseAndMark('young.jpg');
    await says(age('young.jpg'), '25 years');
    const answer = card('young.jpg');
    expect(await answer.locator('.bars li').count()).toBe(10);
    expect(await answer.locator('.bars .best').innerText()).toMatch(/20-29\s+100\.0 %/);
    expect(await answer.locator('.meta').innerText()).toMatch(
      /face-age version 1, onnxruntime, cpu.*; answered in \d+ ms/,
    );
    await answer.getByText('The same with curl').click();
    expect(await answer.locator('code').innerText()).toBe(
      `curl -F 'image=@young.jpg' 'http://127.0.0.1:${server.port}/v1/predict?faces=none&atLeast=18'`,
    );
  });

  it('answers several photos at once', async () => {
    await chooseAndMark('young.jpg', 'old.jpg');
    await says(age('young.jpg'), '25 years');
    await says(age('old.jpg'), '71 years');
    await card('old.jpg').getByRole('button', { name: 'Remove old.jpg' }).click();
    expect(await page.locator('.photo').count()).toBe(1);
  });

  it('shows any threshold without another request', async () => {
    await chooseAndMark('young.jpg');
    const verdict = card('young.jpg').locator('.verdict');
    await says(verdict, 'At least 18: 100.0 % yes');
    let requests = 0;
    page.on('request', () => (requests += 1));
    const slider = page.getByLabel('At least');
    await slider.focus();
    for (let step = 0; step < 8; step++) await page.keyboard.press('ArrowRight');
    await says(verdict, 'At least 26: 0.0 % no');
    expect(requests).toBe(0);
  });

  it('sends custom buckets, and shows what is wrong with them', async () => {
    await chooseAndMark('young.jpg');
    await page.getByLabel('Age buckets').fill('0-17, 18-120');
    const best = card('young.jpg').locator('.bars .best');
    await says(best, '18-120');
    await page.getByLabel('Age buckets').fill('0-17');
    await says(page.locator('#buckets-fault'), 'at least two buckets are needed');
    await page.getByLabel('Age buckets').fill('');
    await says(best, '20-29');
    // The browser itself reports the refused request.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
  });

  it('sends the crop that keys and pointer set', async () => {
    await chooseAndMark('pair.png');
    await says(age('pair.png'), '48 years');
    const crop = page.getByRole('group', { name: /Crop of 200 pixels, 100 from the left/ });
    await crop.focus();
    for (let step = 0; step < 3; step++) await page.keyboard.press('Shift+ArrowLeft');
    for (let step = 0; step < 3; step++) await page.keyboard.press('Shift+ArrowLeft');
    await says(age('pair.png'), '25 years');
    expect(await card('pair.png').locator('code').textContent()).toContain('crop=0,0,200,200');
    const box = (await card('pair.png').locator('.crop').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 2, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await says(age('pair.png'), '71 years');
    await page.keyboard.press('Home');
    await says(age('pair.png'), '48 years');
  });

  it('resizes the crop by its corner, keys and slider', async () => {
    await chooseAndMark('pair.png');
    await says(age('pair.png'), '48 years');
    const label = () => page.locator('.crop').getAttribute('aria-label');
    const corner = (await page.locator('.handle').boundingBox())!;
    await page.mouse.move(corner.x + corner.width / 2, corner.y + corner.height / 2);
    await page.mouse.down();
    await page.mouse.move(corner.x - 40, corner.y - 40, { steps: 4 });
    await page.mouse.up();
    const [, dragged] = /Crop of (\d+)/.exec((await label())!)!;
    expect(Number(dragged)).toBeLessThan(180);
    await page.locator('.crop').focus();
    await page.keyboard.press('-');
    await page.keyboard.press('-');
    const [, smaller] = /Crop of (\d+)/.exec((await label())!)!;
    expect(Number(smaller)).toBe(Number(dragged) - 16);
    await page.getByLabel('Crop size').fill('60');
    expect(await label()).toContain('Crop of 60 pixels');
  });

  it('explains what is wrong with a file, and answers the next one', async () => {
    await choose('note.jpg', 'old.jpg');
    await mark('old.jpg');
    await says(age('old.jpg'), '71 years');
    const fault = card('note.jpg').getByRole('alert');
    await says(fault, 'Text is not read; send JPEG, PNG');
    await says(card('note.jpg'), 'The browser cannot show this file.');
    expect(complaints.splice(0)).toEqual([expect.stringContaining('415')]);
  });

  it('reports that the server is unreachable', async () => {
    await chooseAndMark('young.jpg');
    await says(age('young.jpg'), '25 years');
    await page.context().setOffline(true);
    await page.getByLabel('Age buckets').fill('0-17,18-120');
    await says(card('young.jpg').getByRole('alert'), 'The server does not answer');
    expect(complaints.splice(0).length).toBeGreaterThan(0);
  });

  it('accepts pasted and dropped photos', async () => {
    const bytes = [...(await grayJpeg(levelOfAge(71)))];
    for (const type of ['paste', 'drop']) {
      const event =
        type === 'paste'
          ? "new ClipboardEvent('paste', { clipboardData: data })"
          : "new DragEvent('drop', { dataTransfer: data, cancelable: true })";
      await page.evaluate(`{
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(${JSON.stringify(bytes)})], '${type}.jpg'));
        document.dispatchEvent(${event});
      }`);
      await mark(`${type}.jpg`);
      await says(age(`${type}.jpg`), '71 years');
    }
  });

  it('takes a photo with the camera', async () => {
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await page.locator('#shoot:enabled').click();
    await says(card('camera.jpg'), 'No face was found in this photo.');
  });

  it('asks for an API key if the server requires one', async () => {
    const key = 'a-key-that-nobody-guesses';
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from(key));
    const apiKeys = [{ name: 'me', digest: Buffer.from(digest) }];
    const closed = await createTestService({ manifest, protection: { ...unprotected, apiKeys } });
    const other = await listen(closed.app);
    await page.goto(`http://127.0.0.1:${other.port}/`);
    // It asks before a photo is sent.
    await page.getByLabel('API key').waitFor();
    await choose('face.jpg');
    await page.getByLabel('API key').fill(key);
    await says(age('face.jpg'), 'years');
    await page.getByText('License: for tests only').waitFor();
    const refused = expect.stringContaining('401') as string;
    expect(complaints.splice(0)).toEqual([refused, refused]);
    await other.close();
    await closed.close();
  });

  it.each(Object.entries(sizes))(
    'has no accessibility violation and no overflow, on a %s, light and dark',
    async (_name, viewport) => {
      for (const colorScheme of ['light', 'dark']) {
        await page.close();
        await open(viewport, { colorScheme, reducedMotion: 'reduce' });
        await choose('face.jpg', 'note.jpg');
        await says(age('face.jpg'), 'years');
        await card('note.jpg').getByRole('alert').waitFor();
        await card('face.jpg').getByText('The same with curl').click();
        expect(complaints.splice(0)).toEqual([expect.stringContaining('415')]);
        expect(await violations(page)).toEqual([]);
        const overflow = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(overflow).toBeLessThanOrEqual(0);
      }
    },
  );
});
