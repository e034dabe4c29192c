import { describe, expect, it } from 'vitest';
import { browserPath, browserSkip } from '../../../support/browser.ts';
import { useFacesPage } from './faces-page.ts';

describe.skipIf(browserPath === undefined)(`faces that the user marks${browserSkip}`, () => {
  const faces = useFacesPage();

  it('may be missing from a photo, and the user can go back to finding them', async () => {
    await faces.choose('empty.jpg');
    await faces.page.getByText('No face was found in this photo.').waitFor();
    expect(await faces.page.locator('.none').innerText()).toContain('mark the face yourself');
    expect(await faces.boxes().count()).toBe(0);
    await faces.mark();
    await faces.page.locator('.age', { hasText: '40 years' }).waitFor();
    expect(await faces.page.getByText('No face was found in this photo.').isVisible()).toBe(false);
    await faces.page.getByRole('group', { name: /Crop of 200 pixels/ }).focus();
    await faces.page.keyboard.press('-');
    await expect
      .poll(() => faces.page.locator('code').textContent())
      .toContain('?crop=4,4,192,192&');
    await faces.page.getByRole('button', { name: 'Find the faces again' }).click();
    await faces.page.getByText('No face was found in this photo.').waitFor();
    expect(await faces.page.locator('.crop').isVisible()).toBe(false);
  });

  it('replace the boxes of those that were found', async () => {
    await faces.choose('group.jpg');
    await faces.boxes().nth(1).waitFor();
    await faces.mark();
    await expect.poll(() => faces.cards().count()).toBe(1);
    expect(await faces.boxes().count()).toBe(0);
    expect(await faces.page.locator('.crop').isVisible()).toBe(true);
  });

  it('are all there is where the version of the model cannot find faces', async () => {
    await faces.reopen({}, faces.framedOnly);
    await faces.choose('empty.jpg');
    await faces.page.locator('.age', { hasText: '40 years' }).waitFor();
    await faces.page
      .getByText('This version of the model cannot find faces. Move the square')
      .waitFor();
    expect(await faces.page.getByRole('group', { name: /Crop of 200 pixels/ }).isVisible()).toBe(
      true,
    );
    expect(await faces.page.locator('code').textContent()).toContain('?faces=none&atLeast=18');
    expect(await faces.page.getByRole('button', { name: 'Mark the face' }).count()).toBe(0);
    // The browser itself reports the refused request.
    expect(faces.complaints.splice(0)).toEqual([expect.stringContaining('400')]);
  });
});
