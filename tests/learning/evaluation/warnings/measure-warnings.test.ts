import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelConfig } from '../../../../src/common/config/config.ts';
import { drawFaceJpeg } from '../../../../src/drawing/draw-face.ts';
import { sharp } from '../../../../src/inference/preprocess/sharp-image.ts';
import {
  degradations,
  type GoodPhoto,
} from '../../../../src/learning/evaluation/warnings/degrade-photo.ts';
import { measureWarnings } from '../../../../src/learning/evaluation/warnings/measure-warnings.ts';
import { warningsTables } from '../../../../src/learning/evaluation/warnings/warnings-table.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'face-age-warnings-'));
});
afterAll(() => rm(root, { recursive: true }));

describe('degradations', () => {
  const bytes = drawFaceJpeg({ age: 30, seed: 1, size: 300 });
  const face = { x: 75, y: 90, width: 150, height: 150 };
  const good: GoodPhoto = { bytes, width: 300, height: 300, face, contrast: 40, other: bytes };
  const copyOf = async (name: string) =>
    sharp(await degradations.find((one) => one.name === name)!.apply(good));

  it.each([
    ['face of 32 pixels', 64, 64],
    ['blur of 3 %', 300, 300],
    ['left 10 % cut off', 210, 300],
    ['top 10 % cut off', 300, 195],
    ['bottom 10 % cut off', 300, 225],
    ['another photo at 100 %', 600, 300],
  ])('makes a copy with a %s', async (name, width, height) => {
    expect(await (await copyOf(name)).metadata()).toMatchObject({ width, height, format: 'jpeg' });
  });

  it('takes contrast away', async () => {
    const deviation = async (picture: ReturnType<typeof sharp>) =>
      (await picture.stats()).channels[1]!.stdev;
    const before = await deviation(sharp(bytes));
    const after = await deviation(await copyOf('contrast of 10 levels'));
    expect(after / before).toBeCloseTo(0.25, 1);
  });
});

describe('measureWarnings', () => {
  it('reports photos as they are and worse copies, with the warnings that these should raise', async () => {
    await writeFile(path.join(root, 'a.jpg'), drawFaceJpeg({ age: 30, seed: 1, size: 300 }));
    await writeFile(path.join(root, 'b.jpg'), drawFaceJpeg({ age: 60, seed: 2, size: 300 }));
    const table = path.join(root, 'labels.csv');
    await writeFile(table, 'file,age\na.jpg,30\nb.jpg,60-69\n');
    const seen: number[] = [];
    const report = await measureWarnings(
      { data: table, split: 'val', photos: 10, model: 'models/face-age/4' },
      readModelConfig({}),
      (done, total) => seen.push(done / total),
    );
    expect(report).toMatchObject({ labels: 'ranges', photos: 2, withoutFace: 0 });
    expect(report.all.photos).toBe(2);
    expect(seen.at(-1)).toBe(1);
    const copies = (name: string) => report.degraded.find((figures) => figures.name === name)!;
    expect(copies('face of 16 pixels').severe).toBe(1);
    expect(copies('face of 64 pixels').warned).toBe(0);
    expect(copies('contrast of 4 levels').severe).toBe(1);
    const lines = warningsTables(report).split('\n');
    expect(lines.some((line) => /^small_face +severe +\d+ /.test(line))).toBe(true);
  });
});
