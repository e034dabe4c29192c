import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { utkFraming } from '../../../../src/registry/framing.ts';
import { violations } from '../../../support/axe.ts';
import { browserPath, browserSkip, launchBrowser, openPage } from '../../../support/browser.ts';
import { facePhoto, isOn, type PlacedFace } from '../../../support/face-photo.ts';
import { grayJpeg, levelOfAge } from '../../../support/gray-photo.ts';
import { listen, type ListeningServer } from '../../../support/listening.ts';
import { withOrientation } from '../../../support/pictures.ts';
import { createTestService, type TestService } from '../../../support/test-service.ts';

const desktop = { width: 1280, height: 900 };
const small: PlacedFace = { left: 40, top: 60, side: 140, seed: 2 };
const large: PlacedFace = { left: 340, top: 120, side: 260, seed: 3 };
/** Where the faces are when the photo is turned by 180 degrees. */
const turned = ({ left, top, side, seed }: PlacedFace): PlacedFace => ({
  left: 640 - left - side,
  top: 480 - top - side,
  side,
  seed,
});

let finding: TestService;
let framed: TestService;
let finder: ListeningServer;
let framedOnly: ListeningServer;
let folder: string;
const file = (name: string) => path.join(folder, name);

beforeAll(async () => {
  finding = await createTestService({ manifest: { framing: utkFraming } });
  framed = await createTestService();
  finder = await listen(finding.app);
  framedOnly = await listen(framed.app);
  folder = await mkdtemp(path.join(tmpdir(), 'face-age-page-faces-'));
  const group = await facePhoto(640, 480, [small, large]);
  await writeFile(file('group.jpg'), group);
  await writeFile(file('turned.jpg'), withOrientation(group, 3));
  await writeFile(file('one.jpg'), await facePhoto(300, 300, [{ ...large, left: 20, top: 20 }]));
  await writeFile(file('empty.jpg'), await grayJpeg(levelOfAge(40), 200));
});
afterAll(async () => {
  await finder.close();
  await framedOnly.close();
  await finding.close();
  await framed.close();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(browserPath === undefined)(`faces on the page${browserSkip}`, () => {
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

  async function open(options = {}, { port } = finder): Promise<void> {
    ({ page, complaints } = await openPage(browser, { viewport: desktop, ...options }));
    await page.goto(`http://127.0.0.1:${port}/`);
  }
  async function reopen(options = {}, server = finder): Promise<void> {
    await page.close();
    await open(options, server);
  }
  const choose = (...names: string[]) => page.setInputFiles('#files', names.map(file));
  const boxes = () => page.locator('.face-box');
  const cards = () => page.locator('.answer');
  const mark = () => page.getByRole('button', { name: 'Mark the face yourself' }).click();
  const isSelected = (part: Locator) =>
    expect.poll(async () => (await part.getAttribute('class'))?.split(' ')).toContain('selected');
  const isPlain = (part: Locator) =>
    expect
      .poll(async () => (await part.getAttribute('class'))?.split(' '))
      .not.toContain('selected');

  /** Where a box is in pixels of the photo. */
  async function boxInPhoto(box: Locator) {
    const shown = (await page.locator('.stage img').boundingBox())!;
    const { x, y, width, height } = (await box.boundingBox())!;
    const photoWidth = await page.evaluate<number>(
      "document.querySelector('.stage img').naturalWidth",
    );
    const scale = photoWidth / shown.width;
    return {
      x: (x - shown.x) * scale,
      y: (y - shown.y) * scale,
      width: width * scale,
      height: height * scale,
    };
  }

  it('have a numbered box and a card each, largest first', async () => {
    await choose('group.jpg');
    await cards().nth(1).waitFor();
    expect(await cards().count()).toBe(2);
    expect(await boxes().allInnerTexts()).toEqual(['1', '2']);
    expect(isOn(await boxInPhoto(boxes().nth(0)), large)).toBe(true);
    expect(isOn(await boxInPhoto(boxes().nth(1)), small)).toBe(true);
    for (const [index, card] of (await cards().all()).entries()) {
      expect(await card.locator('h4').innerText()).toBe(`Face ${index + 1}`);
      expect(await card.locator('.age').innerText()).toMatch(/^\d+ years with 80 % probability/);
      expect(await card.locator('.verdict').innerText()).toMatch(
        /^At least 18: .+ (yes|uncertain)/,
      );
      expect(await card.locator('.bars li').count()).toBe(10);
    }
    expect(await page.locator('#status').innerText()).toMatch(/group.jpg: 2 faces: \d+ years, \d+/);
    expect(await page.locator('code').textContent()).toContain('?faces=all&atLeast=18');
  });

  it('have boxes in the photo as the browser shows it, with its EXIF orientation', async () => {
    await choose('turned.jpg');
    await boxes().nth(1).waitFor();
    expect(isOn(await boxInPhoto(boxes().nth(0)), turned(large))).toBe(true);
    expect(isOn(await boxInPhoto(boxes().nth(1)), turned(small))).toBe(true);
  });

  it('have boxes that stay on them when the window changes its size', async () => {
    await choose('group.jpg');
    await boxes().nth(1).waitFor();
    await page.setViewportSize({ width: 330, height: 700 });
    expect(isOn(await boxInPhoto(boxes().nth(0)), large)).toBe(true);
  });

  it('have their box and card highlighted together, by pointer and by keyboard', async () => {
    await choose('group.jpg');
    await boxes().nth(1).waitFor();
    await cards().nth(1).hover();
    await isSelected(boxes().nth(1));
    await isPlain(boxes().nth(0));
    await boxes().nth(0).hover();
    await isSelected(cards().nth(0));
    await isPlain(cards().nth(1));
    await page.mouse.move(0, 0);
    await isPlain(cards().nth(0));
    await boxes().nth(1).focus();
    await isSelected(cards().nth(1));
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.className')).toContain('answer');
    await isSelected(boxes().nth(1));
    await cards().nth(0).focus();
    await isSelected(boxes().nth(0));
    await isPlain(boxes().nth(1));
  });

  it('that are not found are a message, and the user can mark one and go back', async () => {
    await choose('empty.jpg');
    await page.getByText('No face was found in this photo.').waitFor();
    expect(await page.locator('.none').innerText()).toContain('mark the face yourself');
    expect(await boxes().count()).toBe(0);
    await mark();
    await page.locator('.age', { hasText: '40 years' }).waitFor();
    expect(await page.getByText('No face was found in this photo.').isVisible()).toBe(false);
    await page.getByRole('group', { name: /Crop of 200 pixels/ }).focus();
    await page.keyboard.press('-');
    await expect.poll(() => page.locator('code').textContent()).toContain('?crop=4,4,192,192&');
    await page.getByRole('button', { name: 'Find the faces again' }).click();
    await page.getByText('No face was found in this photo.').waitFor();
    expect(await page.locator('.crop').isVisible()).toBe(false);
  });

  it('lose their boxes while the user marks one', async () => {
    await choose('group.jpg');
    await boxes().nth(1).waitFor();
    await mark();
    await expect.poll(() => cards().count()).toBe(1);
    expect(await boxes().count()).toBe(0);
    expect(await page.locator('.crop').isVisible()).toBe(true);
  });

  it('are marked by the user where the version of the model cannot find them', async () => {
    await reopen({}, framedOnly);
    await choose('empty.jpg');
    await page.locator('.age', { hasText: '40 years' }).waitFor();
    await page.getByText('This version of the model cannot find faces. Move the square').waitFor();
    expect(await page.getByRole('group', { name: /Crop of 200 pixels/ }).isVisible()).toBe(true);
    expect(await page.locator('code').textContent()).toContain('?faces=none&atLeast=18');
    expect(await page.getByRole('button', { name: 'Mark the face' }).count()).toBe(0);
    // The browser itself reports the refused request.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
  });

  /** Changes each face of the service's answers. */
  const changeFaces = (change: object) =>
    page.route('**/v1/predict*', async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as { predictions: [{ faces: object[] }] };
      const [photo] = body.predictions;
      photo.faces = photo.faces.map((face) => ({ ...face, ...change }));
      await route.fulfill({ response, json: body });
    });

  it('have boxes that end where the photo ends', async () => {
    await changeFaces({ face: { box: { x: -60, y: 150, width: 200, height: 200 } } });
    await choose('one.jpg');
    await boxes().first().waitFor();
    const { x, y, width, height } = await boxInPhoto(boxes().first());
    expect([x, y, width, height].map(Math.round)).toEqual([0, 150, 140, 150]);
  });

  it('are answered for one threshold at a time where a server limits them', async () => {
    const many = await createTestService({
      manifest: { framing: utkFraming },
      settings: { MAX_FACES: 500 },
    });
    const server = await listen(many.app);
    await reopen({}, server);
    await choose('one.jpg');
    const verdict = page.locator('.verdict');
    await verdict.filter({ hasText: /^At least 18: \d/ }).waitFor();
    await page.getByLabel('At least').press('ArrowRight');
    await verdict.filter({ hasText: /^At least 19: \d/ }).waitFor();
    // The browser itself reports the refused requests.
    expect(complaints.splice(0)).toHaveLength(2);
    await server.close();
    await many.close();
  });

  it('have warnings in sentences, severe ones first and stronger', async () => {
    const codes = ['cut_off', 'blurred', 'of_next_year'];
    const severityOf = (code: string) => (code === 'blurred' ? 'severe' : 'minor');
    const warningDetails = codes.map((code) => ({ code, severity: severityOf(code) }));
    await changeFaces({ warningDetails });
    await choose('one.jpg');
    const warnings = page.getByRole('list', { name: 'Warnings' }).locator('li');
    await warnings.first().waitFor();
    expect(await warnings.allInnerTexts()).toEqual([
      'The face is blurred. Therefore every decision is uncertain.',
      'A part of the face lies outside the photo.',
      'of_next_year',
    ]);
    expect(await page.locator('.warnings .severe').count()).toBe(1);
    expect(await violations(page)).toEqual([]);
  });

  it.each(['light', 'dark'])(
    'have no accessibility violation and no overflow: %s',
    async (colorScheme) => {
      for (const viewport of [desktop, { width: 390, height: 844 }]) {
        await reopen({ viewport, colorScheme, reducedMotion: 'reduce' });
        await choose('group.jpg', 'empty.jpg');
        await boxes().nth(1).waitFor();
        await page.getByText('No face was found in this photo.').waitFor();
        await cards().nth(0).hover();
        expect(await violations(page)).toEqual([]);
        const overflow = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(overflow).toBeLessThanOrEqual(0);
      }
    },
  );
});
