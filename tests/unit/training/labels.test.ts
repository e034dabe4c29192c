import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLabels } from '../../../src/training/labels.ts';

describe('readLabels', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'labels-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const labels = (text: string) => writeFile(path.join(folder, 'labels.csv'), text);

  it('reads ages, groups, and the split from the first folder of the file', async () => {
    await labels('file,age,sex\ntrain/a.jpg,31,0\nval/b.jpg,7,\n');
    expect(await readLabels(folder)).toEqual([
      { file: path.join(folder, 'train/a.jpg'), age: 31, split: 'train', groups: { sex: '0' } },
      { file: path.join(folder, 'val/b.jpg'), age: 7, split: 'val', groups: { sex: '' } },
    ]);
  });

  it('prefers a split column', async () => {
    await labels('file,age,split\na.jpg,31,val\n');
    expect((await readLabels(folder))[0]!.split).toBe('val');
  });

  it('names the line of a bad age, of a missing column and of a path outside the folder', async () => {
    await labels('file,age\na.jpg,31\nb.jpg,old\n');
    await expect(readLabels(folder)).rejects.toThrow(/line 3.*age/s);
    await labels('file,years\na.jpg,31\n');
    await expect(readLabels(folder)).rejects.toThrow(/line 2.*age/s);
    await labels('file,age\n../a.jpg,31\n');
    await expect(readLabels(folder)).rejects.toThrow(/line 2.*outside/s);
  });

  it('says what to give where there is no table', async () => {
    await expect(readLabels(folder)).rejects.toThrow(/--data or FACES_DIR/);
  });
});
