import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { grayJpeg, levelOfAge } from '../support/gray-photo.ts';
import { listen, type ListeningServer } from '../support/listening.ts';
import { createTestService, type TestService } from '../support/test-service.ts';

const execute = promisify(execFile);
const guide = new URL('../../docs/client.md', import.meta.url);
const source = new URL('../../src/client/client.ts', import.meta.url).href;

let service: TestService;
let server: ListeningServer;
let folder: string;
let examples: string[];

beforeAll(async () => {
  service = await createTestService();
  server = await listen(service.app);
  folder = await mkdtemp(join(tmpdir(), 'face-age-client-'));
  const photo = await grayJpeg(levelOfAge(30));
  await mkdir(join(folder, 'photos'));
  await writeFile(join(folder, 'photo.jpg'), photo);
  await writeFile(join(folder, 'photos/a.jpg'), photo);
  await writeFile(join(folder, 'photos/b.txt'), 'no photo');
  await writeFile(join(folder, 'photos/c.jpg'), await grayJpeg(levelOfAge(60)));
  const text = await readFile(guide, 'utf8');
  examples = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
});
afterAll(async () => {
  await server.close();
  await service.close();
  await rm(folder, { recursive: true });
});

/** Runs an example of the guide unchanged except for the client's path and the service's address. */
async function printedBy(example: number): Promise<string> {
  const code = examples[example]!.replaceAll(
    "'face-age/client'",
    JSON.stringify(source),
  ).replaceAll('http://localhost:3000', `http://127.0.0.1:${server.port}`);
  const file = join(folder, `${example}.mjs`);
  await writeFile(file, code);
  const tsx = import.meta.resolve('tsx');
  const { stdout } = await execute(process.execPath, ['--import', tsx, file], { cwd: folder });
  return stdout;
}

it('the guide’s examples work as described', async () => {
  expect(examples).toHaveLength(3);
  expect(await printedBy(0)).toBe('version 1: 30 years\n18 or older: yes\n');
  expect(await printedBy(1)).toMatch(/^a\.jpg: 30\nb\.txt: Text is not read; .*\nc\.jpg: 60\n$/);
  expect(await printedBy(2)).toMatch(/^415 unsupported_image_format: /);
});
