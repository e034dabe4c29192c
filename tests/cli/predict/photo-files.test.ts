import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { photoFiles } from '../../../src/cli/predict/photo-files.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'photo-files-'));
  for (const sub of ['trip/day 2', 'trip/.Trash-1000', 'plain', 'none'])
    await mkdir(at(sub), { recursive: true });
  const names = ['b.JPG', 'a.jfif', 'IMG_1.HEIC', 'IMG_2.heic', 'scan.bmp', 'notes.txt', '._b.JPG'];
  for (const name of [...names, 'day 2/c.avif', '.Trash-1000/old.jpg'])
    await writeFile(at(`trip/${name}`), '');
  await writeFile(at('plain/x.png'), '');
});
afterAll(() => rm(folder, { recursive: true }));

it('finds the photos of folders by name, and says what it leaves out', async () => {
  const { files, leftOut } = await photoFiles([at('plain/x.png'), at('trip')]);
  expect(files).toEqual(['plain/x.png', 'trip/a.jfif', 'trip/b.JPG', 'trip/day 2/c.avif'].map(at));
  expect(leftOut).toEqual([
    `${at('trip')}: left out 2 .heic, 1 .bmp (not read; convert to JPEG or PNG), and 2 hidden or system files`,
  ]);
});

it('says nothing where nothing is left out', async () => {
  expect(await photoFiles([at('plain')])).toEqual({ files: [at('plain/x.png')], leftOut: [] });
  expect(await photoFiles([at('none')])).toEqual({ files: [], leftOut: [] });
});

it('takes a named file whatever its name is', async () => {
  expect((await photoFiles([at('trip/IMG_1.HEIC')])).files).toEqual([at('trip/IMG_1.HEIC')]);
});

it('names what is not there', async () => {
  await expect(photoFiles([at('nowhere')])).rejects.toThrow(`${at('nowhere')} cannot be read`);
});
