import { readFileSync } from 'node:fs';
import ts from 'typescript';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, browserSkip, launchBrowser, openPage } from '../support/browser.ts';
import { grayJpeg, levelOfAge } from '../support/gray-photo.ts';
import { listen, type ListeningServer } from '../support/listening.ts';
import { createTestService, type TestService } from '../support/test-service.ts';

const sources = new URL('../../src/client/', import.meta.url);

/** A module of the client as the build compiles it. */
function compiled(name: string): string {
  const source = readFileSync(new URL(name.replace(/\.js$/, '.ts'), sources), 'utf8');
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    rewriteRelativeImportExtensions: true,
  };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}

describe.skipIf(browserPath === undefined)(`the client in a browser${browserSkip}`, () => {
  let service: TestService;
  let server: ListeningServer;
  let browser: Browser;

  beforeAll(async () => {
    service = await createTestService();
    server = await listen(service.app);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await service.close();
  });

  it('answers files in order, distinguishes errors by code, and can be aborted', async () => {
    const { page, complaints } = await openPage(browser);
    const origin = `http://127.0.0.1:${server.port}`;
    await page.route(`${origin}/client/*`, (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        body: compiled(new URL(route.request().url()).pathname.replace('/client/', '')),
      }),
    );
    await page.goto(`${origin}/`);
    const photos = [25, 71].map(async (age) => [...(await grayJpeg(levelOfAge(age)))]);
    const text = await page.evaluate(`(async () => {
      const { FaceAgeClient, FaceAgeError } = await import('/client/client.js');
      const client = new FaceAgeClient(location.origin);
      const files = ${JSON.stringify(await Promise.all(photos))}
        .map((bytes, index) => new File([Uint8Array.from(bytes)], index + '.jpg'));
      files.splice(1, 0, new File(['hello'], 'note.txt'));
      const reported = [];
      for await (const outcome of client.predictAll(files, { concurrency: 2 })) {
        const { ok, prediction, error } = outcome;
        reported.push(ok ? prediction.age.mean : error instanceof FaceAgeError && error.code);
      }
      const given = AbortSignal.abort(new Error('never mind'));
      await client.predict(files[0], { signal: given }).catch((error) => reported.push(error.message));
      return reported;
    })()`);
    expect(text).toEqual([25, 'unsupported_image_format', 71, 'never mind']);
    expect(complaints).toEqual([expect.stringContaining('415')]);
    await page.close();
  });
});
