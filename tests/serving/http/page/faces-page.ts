import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { utkFraming } from '../../../../src/registry/framing.ts';
import { launchBrowser, openPage } from '../../../support/browser.ts';
import { facePhoto, type PlacedFace } from '../../../support/face-photo.ts';
import { grayJpeg, levelOfAge } from '../../../support/gray-photo.ts';
import { listen, type ListeningServer } from '../../../support/listening.ts';
import { withOrientation } from '../../../support/pictures.ts';
import { createTestService, type TestService } from '../../../support/test-service.ts';

export const desktop = { width: 1280, height: 900 };
/** The faces of `group.jpg`, which has 640×480 pixels. */
export const small: PlacedFace = { left: 40, top: 60, side: 140, seed: 2 };
export const large: PlacedFace = { left: 340, top: 120, side: 260, seed: 3 };

/** The page of a service in a browser, with photos of no face, one face and two. */
export class FacesPage {
  page!: Page;
  complaints: string[] = [];
  /** A service whose version finds faces, and one whose version does not. */
  finder!: ListeningServer;
  framedOnly!: ListeningServer;
  readonly #services: TestService[] = [];
  #browser!: Browser;
  #folder!: string;

  async start(): Promise<void> {
    this.finder = await this.#serve({ manifest: { framing: utkFraming } });
    this.framedOnly = await this.#serve();
    this.#folder = await mkdtemp(path.join(tmpdir(), 'face-age-page-faces-'));
    const group = await facePhoto(640, 480, [small, large]);
    const one = await facePhoto(300, 300, [{ ...large, left: 20, top: 20 }]);
    await writeFile(this.#file('group.jpg'), group);
    await writeFile(this.#file('turned.jpg'), withOrientation(group, 3));
    await writeFile(this.#file('one.jpg'), one);
    await writeFile(this.#file('empty.jpg'), await grayJpeg(levelOfAge(40), 200));
    this.#browser = await launchBrowser();
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.finder.close();
    await this.framedOnly.close();
    for (const service of this.#services) await service.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async open(options = {}, { port } = this.finder): Promise<void> {
    const opened = await openPage(this.#browser, { viewport: desktop, ...options });
    this.page = opened.page;
    this.complaints = opened.complaints;
    await this.page.goto(`http://127.0.0.1:${port}/`);
  }

  async reopen(options = {}, server = this.finder): Promise<void> {
    await this.page.close();
    await this.open(options, server);
  }

  choose(...names: string[]): Promise<void> {
    return this.page.setInputFiles(
      '#files',
      names.map((name) => this.#file(name)),
    );
  }

  boxes(): Locator {
    return this.page.locator('.face-box');
  }

  cards(): Locator {
    return this.page.locator('.answer');
  }

  mark(): Promise<void> {
    return this.page.getByRole('button', { name: 'Mark the face yourself' }).click();
  }

  async #serve(options?: Parameters<typeof createTestService>[0]): Promise<ListeningServer> {
    const service = await createTestService(options);
    this.#services.push(service);
    return listen(service.app);
  }

  #file(name: string): string {
    return path.join(this.#folder, name);
  }
}

/** Opens the page before each test of a suite, and expects no complaint of the browser afterwards. */
export function useFacesPage(): FacesPage {
  const faces = new FacesPage();
  beforeAll(() => faces.start());
  afterAll(() => faces.stop());
  beforeEach(() => faces.open());
  afterEach(async () => {
    expect(faces.complaints).toEqual([]);
    await faces.page.close();
  });
  return faces;
}
