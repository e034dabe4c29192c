import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawLabeledPhotos } from '../../../../src/learning/evaluation/warnings/labeled-sample.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'face-age-labels-'));
});
afterAll(() => rm(root, { recursive: true }));

async function draw(lines: string[], split = 'val', count = 100) {
  const table = path.join(root, 'labels.csv');
  await writeFile(table, lines.join('\n'));
  const photos = await drawLabeledPhotos(table, split, count);
  return photos
    .map(({ file, ...ages }) => ({ file: path.relative(root, file), ...ages }))
    .toSorted((one, other) => one.file.localeCompare(other.file));
}

describe('drawLabeledPhotos', () => {
  it('reads whole years and ranges', async () => {
    expect(await draw(['file,age', 'a.jpg,34', 'b.jpg,20-29', 'c.jpg,70+'])).toEqual([
      { file: 'a.jpg', minAge: 34, maxAge: 34 },
      { file: 'b.jpg', minAge: 20, maxAge: 29 },
      { file: 'c.jpg', minAge: 70, maxAge: 130 },
    ]);
  });

  it('takes the photos of a split by its column, or else by the first folder', async () => {
    const column = await draw(['file,age,split', 'train/a.jpg,1,val', 'val/b.jpg,2,train']);
    expect(column.map(({ file }) => file)).toEqual(['train/a.jpg']);
    const folder = await draw(['file,age', 'train/a.jpg,1', 'val/b.jpg,2']);
    expect(folder.map(({ file }) => file)).toEqual(['val/b.jpg']);
    const neither = await draw(['file,age', 'photos/a.jpg,1', 'photos/b.jpg,2']);
    expect(neither).toHaveLength(2);
  });

  it('reads tables as data sets have them', async () => {
    expect(
      await draw(['File;AGE;Split', 'men\\a.jpg;20–29;Validation', ';;', 'b.jpg;5;train']),
    ).toEqual([{ file: path.join('men', 'a.jpg'), minAge: 20, maxAge: 29 }]);
  });

  it('draws the same photos each time', async () => {
    const lines = ['file,age', ...Array.from({ length: 50 }, (_, i) => `${i}.jpg,${i}`)];
    const drawn = await draw(lines, 'val', 10);
    expect(drawn).toHaveLength(10);
    expect(await draw(lines, 'val', 10)).toEqual(drawn);
    expect(drawn).not.toEqual((await draw(lines)).slice(0, 10));
  });

  it.each([
    ['an age that is none', ['file,age', 'a.jpg,young'], 'line 2'],
    ['a range in the wrong order', ['file,age', 'a.jpg,29-20'], 'line 2'],
    ['no age', ['file', 'a.jpg'], 'needs the columns file and age'],
    ['no rows', ['file,age'], 'has no rows'],
    ['an unclosed quote', ['file,age', '"a.jpg,3'], 'labels.csv'],
  ])('refuses a table with %s', async (_what, lines, message) => {
    await expect(draw(lines)).rejects.toThrow(message);
  });
});
