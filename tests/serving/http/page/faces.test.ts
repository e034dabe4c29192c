import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { utkFraming } from '../../../../src/registry/framing.ts';
import { violations } from '../../../support/axe.ts';
import { browserPath, browserSkip } from '../../../support/browser.ts';
import { isOn, type PlacedFace } from '../../../support/face-photo.ts';
import { listen } from '../../../support/listening.ts';
import { createTestService } from '../../../support/test-service.ts';
import { desktop, large, small, useFacesPage } from './faces-page.ts';

/** Where the faces are when the photo is turned by 180 degrees. */
const turned = ({ left, top, side, seed }: PlacedFace): PlacedFace => ({
  left: 640 - left - side,
  top: 480 - top - side,
  side,
  seed,
});

describe.skipIf(browserPath === undefined)(`faces on the page${browserSkip}`, () => {
  const faces = useFacesPage();

  const isSelected = (part: Locator) =>
    expect.poll(async () => (await part.getAttribute('class'))?.split(' ')).toContain('selected');
  const isPlain = (part: Locator) =>
    expect
      .poll(async () => (await part.getAttribute('class'))?.split(' '))
      .not.toContain('selected');

  /** Where a box is in pixels of the photo. */
  async function boxInPhoto(box: Locator) {
    const shown = (await faces.page.locator('.stage img').boundingBox())!;
    const { x, y, width, height } = (await box.boundingBox())!;
    const photoWidth = await faces.page.evaluate<number>(
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
    await faces.choose('group.jpg');
    await faces.cards().nth(1).waitFor();
    expect(await faces.cards().count()).toBe(2);
    expect(await faces.boxes().allInnerTexts()).toEqual(['1', '2']);
    expect(isOn(await boxInPhoto(faces.boxes().nth(0)), large)).toBe(true);
    expect(isOn(await boxInPhoto(faces.boxes().nth(1)), small)).toBe(true);
    for (const [index, card] of (await faces.cards().all()).entries()) {
      expect(await card.locator('h4').innerText()).toBe(`Face ${index + 1}`);
      expect(await card.locator('.age').innerText()).toMatch(/^\d+ years with 80 % probability/);
      expect(await card.locator('.verdict').innerText()).toMatch(
        /^At least 18: .+ (yes|uncertain)/,
      );
      expect(await card.locator('.bars li').count()).toBe(10);
    }
    expect(await faces.page.locator('#status').innerText()).toMatch(
      /group.jpg: 2 faces: \d+ years, \d+/,
    );
    expect(await faces.page.locator('code').textContent()).toContain('?faces=all&atLeast=18');
  });

  it('have boxes in the photo as the browser shows it, with its EXIF orientation', async () => {
    await faces.choose('turned.jpg');
    await faces.boxes().nth(1).waitFor();
    expect(isOn(await boxInPhoto(faces.boxes().nth(0)), turned(large))).toBe(true);
    expect(isOn(await boxInPhoto(faces.boxes().nth(1)), turned(small))).toBe(true);
  });

  it('have boxes that stay on them when the window changes its size', async () => {
    await faces.choose('group.jpg');
    await faces.boxes().nth(1).waitFor();
    await faces.page.setViewportSize({ width: 330, height: 700 });
    expect(isOn(await boxInPhoto(faces.boxes().nth(0)), large)).toBe(true);
  });

  it('have their box and card highlighted together, by pointer and by keyboard', async () => {
    await faces.choose('group.jpg');
    await faces.boxes().nth(1).waitFor();
    await faces.cards().nth(1).hover();
    await isSelected(faces.boxes().nth(1));
    await isPlain(faces.boxes().nth(0));
    await faces.boxes().nth(0).hover();
    await isSelected(faces.cards().nth(0));
    await isPlain(faces.cards().nth(1));
    await faces.page.mouse.move(0, 0);
    await isPlain(faces.cards().nth(0));
    await faces.boxes().nth(1).focus();
    await isSelected(faces.cards().nth(1));
    await faces.page.keyboard.press('Enter');
    expect(await faces.page.evaluate('document.activeElement.className')).toContain('answer');
    await isSelected(faces.boxes().nth(1));
    await faces.cards().nth(0).focus();
    await isSelected(faces.boxes().nth(0));
    await isPlain(faces.boxes().nth(1));
  });

  /** Changes each face of the service's answers. */
  const changeFaces = (change: object) =>
    faces.page.route('**/v1/predict*', async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as { predictions: [{ faces: object[] }] };
      const [photo] = body.predictions;
      photo.faces = photo.faces.map((face) => ({ ...face, ...change }));
      await route.fulfill({ response, json: body });
    });

  it('have boxes that end where the photo ends', async () => {
    await changeFaces({ face: { box: { x: -60, y: 150, width: 200, height: 200 } } });
    await faces.choose('one.jpg');
    await faces.boxes().first().waitFor();
    const { x, y, width, height } = await boxInPhoto(faces.boxes().first());
    expect([x, y, width, height].map(Math.round)).toEqual([0, 150, 140, 150]);
  });

  it('are answered for one threshold at a time where a server limits them', async () => {
    const many = await createTestService({
      manifest: { framing: utkFraming },
      settings: { MAX_FACES: 500 },
    });
    const server = await listen(many.app);
    await faces.reopen({}, server);
    await faces.choose('one.jpg');
    const verdict = faces.page.locator('.verdict');
    await verdict.filter({ hasText: /^At least 18: \d/ }).waitFor();
    await faces.page.getByLabel('At least').press('ArrowRight');
    await verdict.filter({ hasText: /^At least 19: \d/ }).waitFor();
    // The browser itself reports the refused requests.
    expect(faces.complaints.splice(0)).toHaveLength(2);
    await server.close();
    await many.close();
  });

  it('have warnings in sentences, severe ones first and stronger', async () => {
    const codes = ['cut_off', 'blurred', 'of_next_year'];
    const severityOf = (code: string) => (code === 'blurred' ? 'severe' : 'minor');
    const warningDetails = codes.map((code) => ({ code, severity: severityOf(code) }));
    await changeFaces({ warningDetails });
    await faces.choose('one.jpg');
    const warnings = faces.page.getByRole('list', { name: 'Warnings' }).locator('li');
    await warnings.first().waitFor();
    expect(await warnings.allInnerTexts()).toEqual([
      'The face is blurred. Therefore every decision is uncertain.',
      'A part of the face lies outside the photo.',
      'of_next_year',
    ]);
    expect(await faces.page.locator('.warnings .severe').count()).toBe(1);
    expect(await violations(faces.page)).toEqual([]);
  });

  it.each(['light', 'dark'])(
    'have no accessibility violation and no overflow: %s',
    async (colorScheme) => {
      for (const viewport of [desktop, { width: 390, height: 844 }]) {
        await faces.reopen({ viewport, colorScheme, reducedMotion: 'reduce' });
        await faces.choose('group.jpg', 'empty.jpg');
        await faces.boxes().nth(1).waitFor();
        await faces.page.getByText('No face was found in this photo.').waitFor();
        await faces.cards().nth(0).hover();
        expect(await violations(faces.page)).toEqual([]);
        const overflow = await faces.page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(overflow).toBeLessThanOrEqual(0);
      }
    },
  );
});
