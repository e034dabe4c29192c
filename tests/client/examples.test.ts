import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { utkFraming } from '../../src/registry/framing.ts';
import { facePhoto } from '../support/face-photo.ts';
import { grayJpeg, levelOfAge } from '../support/gray-photo.ts';
import { listen, type ListeningServer } from '../support/listening.ts';
import { createTestService, type TestService } from '../support/test-service.ts';

const execute = promisify(execFile);
const guide = new URL('../../docs/client.md', import.meta.url);
const source = new URL('../../src/client/client.ts', import.meta.url).href;

const faces = [
  { left: 40, top: 60, side: 140, seed: 2 },
  { left: 340, top: 120, side: 260, seed: 3 },
];

let service: TestService;
let server: ListeningServer;
let folder: string;
let examples: string[];

beforeAll(async () => {
  service = await createTestService({
    manifest: { framing: utkFraming },
    settings: { FACES: 'none' },
  });
  server = await listen(service.app);
  folder = await mkdtemp(join(tmpdir(), 'face-age-client-'));
  const photo = await grayJpeg(levelOfAge(30));
  await writeFile(join(folder, 'group.jpg'), await facePhoto(640, 480, faces));
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
  expect(examples).toHaveLength(4);
  expect(await printedBy(0)).toBe('version 1: 30 years\n18 or older: yes\n');
  expect(await printedBy(1)).toMatch(/^(at \d+,\d+: [\d.]+ years, adult: \w+\n){2}$/);
  expect(await printedBy(2)).toMatch(/^a\.jpg: 30\nb\.txt: Text is not read; .*\nc\.jpg: 60\n$/);
  expect(await printedBy(3)).toMatch(/^415 unsupported_image_format: /);
});
