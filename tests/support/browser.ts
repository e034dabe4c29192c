import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of a browser on this machine; undefined if there is none. */
export const browserPath = process.env.BROWSER_PATH ?? places.find((place) => existsSync(place));

/** A suffix for the names of tests that need a browser. */
export const browserSkip =
  browserPath === undefined ? ' (skipped: no Chromium; apt-get install chromium)' : '';

/** A fake camera that shows a test pattern. */
const args = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath!, args });
}

/** A page, and everything it reported: console errors and warnings, exceptions, failed loads. */
export interface WatchedPage {
  page: Page;
  complaints: string[];
}

export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => {
    // Leaving a page aborts its pending loads.
    const reason = request.failure()?.errorText ?? '';
    if (reason !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${reason}`);
  });
  return { page, complaints };
}
