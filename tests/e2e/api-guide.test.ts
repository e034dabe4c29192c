import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utkFraming } from '../../src/registry/framing.ts';
import { facePhoto } from '../support/face-photo.ts';
import { grayJpeg, levelOfAge } from '../support/gray-photo.ts';
import { listen, type ListeningServer } from '../support/listening.ts';
import { createTestService, type TestService } from '../support/test-service.ts';

const execute = promisify(execFile);
const guides = ['docs/api.md', 'docs/inference-protocol.md'];

interface Example {
  title: string;
  language: string;
  code: string;
}

/** What runs an example in its folder, by the language it is in. */
const runners: Record<string, (code: string) => [program: string, args: string[]]> = {
  sh: (code) => ['bash', ['-euo', 'pipefail', '-c', code.replaceAll(/^curl/gm, 'curl -sS --fail')]],
  js: (code) => [process.execPath, ['--input-type=module', '--eval', code]],
  python: (code) => ['python3', ['-c', code]],
};
const has = (program: string) => spawnSync(program, ['--version']).status === 0;
const missing = new Set(
  Object.entries({ sh: 'curl', js: process.execPath, python: 'python3' })
    .filter(([, program]) => !has(program))
    .map(([language]) => language),
);

const examples = guides.flatMap((guide) => examplesOf(guide));

let service: TestService;
let server: ListeningServer;
let folder: string;

beforeAll(async () => {
  service = await createTestService({
    manifest: { framing: utkFraming },
    settings: { FACES: 'none' },
  });
  server = await listen(service.app);
  folder = await mkdtemp(path.join(tmpdir(), 'face-age-guide-'));
  const write = (name: string, content: Buffer | string) =>
    writeFile(path.join(folder, name), content);
  await write('face.jpg', await grayJpeg(levelOfAge(25)));
  const faces = [
    { left: 40, top: 60, side: 140, seed: 2 },
    { left: 340, top: 120, side: 260, seed: 3 },
  ];
  await write('group.jpg', await facePhoto(640, 480, faces));
  await write('note.txt', 'no photo');
});
afterAll(async () => {
  await server.close();
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

async function outputOf({ code, language }: Example): Promise<string> {
  const here = code.replaceAll('http://localhost:3000', `http://127.0.0.1:${server.port}`);
  const [program, args] = runners[language]!(here);
  const { stdout } = await execute(program, args, { cwd: folder });
  return stdout;
}

/** What the examples print for a framed face of 25 years and a photo of two faces, by title and language. */
const printed: Record<string, RegExp> = {
  'One photo, sh': /"mean":25,/,
  'One photo, js': /^25 20-29\n$/,
  'One photo, python': /^25 20-29\n$/,
  'Questions about ages, sh': /"label":"25-120".*"age":21,"probability":1,"decision":"yes"/,
  'Questions about ages, python': /^18 1 yes\n21 1 yes\n$/,
  'Faces, sh': /"faces":\[\{"id".*"box":/s,
  'Faces, python': /^(?:\{'x': \d+, .*\} [\d.]+ \[.*\]\n){2}$/,
  'Several photos, sh': /^\{.*"mean":25,/,
  'Several photos, js': /^face\.jpg 25\ngroup\.jpg [\d.]+\nnote\.txt unsupported_image_format\n$/,
  'Several photos, python': /^0 25\n1 [\d.]+\n$/,
  'Errors, python': /^415 unsupported_image_format\n$/,
  'Errors, js': /^face-age\n$/,
  'Which model answered, sh': /"version":1.*"state":"serving".*"manifest":/s,
  'The Open Inference Protocol, sh': /"outputs":\[\{"name":"(age_distribution|buckets)"/,
};

describe('the examples of the guides', () => {
  it('are all known here', () => {
    expect(new Set(examples.map(({ title, language }) => `${title}, ${language}`))).toEqual(
      new Set(Object.keys(printed)),
    );
  });

  for (const [index, example] of examples.entries()) {
    const { title, language } = example;
    const why = missing.has(language) ? ` (skipped: what runs ${language} is missing)` : '';
    it.skipIf(missing.has(language))(`${index + 1}: ${title}, ${language}${why}`, async () => {
      expect(await outputOf(example)).toMatch(printed[`${title}, ${language}`]!);
    });
  }
});

/** Code under the heading it stands under. */
function examplesOf(guide: string): Example[] {
  const text = readFileSync(new URL(`../../${guide}`, import.meta.url), 'utf8');
  let title = '';
  return [...text.matchAll(/^#+ (.*)$|^```(\w+)\n([^]*?)^```$/gm)].flatMap(
    ([, heading, language, code]): Example[] => {
      if (heading !== undefined) title = heading;
      return language === undefined ? [] : [{ title, language, code: code! }];
    },
  );
}
