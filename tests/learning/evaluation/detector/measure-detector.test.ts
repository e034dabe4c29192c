import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawFaceRgb } from '../../../../src/drawing/draw-face.ts';
import { sharp } from '../../../../src/inference/preprocess/sharp-image.ts';
import type { DetectorEvaluation } from '../../../../src/learning/evaluation/detector/detector-evaluation.ts';
import { describeDetector } from '../../../../src/learning/evaluation/detector/detector-figures.ts';
import { measureDetector } from '../../../../src/learning/evaluation/detector/measure-detector.ts';

const SIDE = 220;
let root: string;
const at = (...names: string[]) => path.join(root, ...names);
const nobody = (): void => undefined;
const measure = (given: Partial<DetectorEvaluation> & { data: string }) =>
  measureDetector({ split: 'val', ...given }, nobody);

/** A photo of 1000×600 with drawn faces at the given places. */
async function writePhoto(name: string, places: [number, number][]): Promise<void> {
  const faces = places.map(([left, top], seed) => {
    const { rgb } = drawFaceRgb({ age: 30 + seed, seed: seed + 1, size: SIDE });
    return {
      input: Buffer.from(rgb),
      raw: { width: SIDE, height: SIDE, channels: 3 as const },
      left,
      top,
    };
  });
  const background = { r: 130, g: 130, b: 130 };
  await sharp({ create: { width: 1000, height: 600, channels: 3, background } })
    .composite(faces)
    .jpeg()
    .toFile(at(name));
}

async function writeCrop(name: string, seed: number): Promise<void> {
  const { rgb } = drawFaceRgb({ age: 20 + seed, seed, size: SIDE });
  const raw = { width: SIDE, height: SIDE, channels: 3 as const };
  await sharp(rgb, { raw }).jpeg().toFile(at(name));
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'face-age-boxes-'));
  await mkdir(at('one'));
  await mkdir(at('none'));
  await mkdir(at('crops'));
  await writePhoto('two.jpg', [
    [100, 100],
    [600, 250],
  ]);
  await writePhoto('one/middle.jpg', [[390, 190]]);
  await writePhoto('none/empty.jpg', []);
  await writeFile(at('none/notes.txt'), 'no photo');
  for (let seed = 1; seed <= 8; seed += 1) await writeCrop(`crops/${seed}.jpg`, seed);
});
afterAll(() => rm(root, { recursive: true }));

describe('measureDetector', () => {
  it('counts found, missed and false faces of a table', async () => {
    const rows = ['file,x,y,width,height,note'];
    // The box of BlazeFace spans from the brows to the chin.
    rows.push('two.jpg,140,160,140,140,is there', 'two.jpg,20,480,100,100,is not there');
    await writeFile(at('boxes.csv'), rows.join('\n'));
    const figures = await measure({ data: at('boxes.csv') });
    expect(figures).toEqual({
      ...{ kind: 'boxes', pictures: 1, faces: 2, largeFaces: 2, recall: 0.5, recallLarge: 0.5 },
      falseFacesPerPhoto: 1,
    });
    expect(describeDetector(figures)).toMatch(/^photos .*\n1 +2 +0\.5000 +2 +0\.5000 +1\.000$/);
  });

  it('counts the photos of a folder in which a face is found', async () => {
    const one = await measure({ data: at('one') });
    const counts = { photos: 1, found: 1, centered: 1 };
    expect(one).toEqual({ kind: 'folder', ...counts, foundIn: ['middle.jpg'], missedIn: [] });
    const none = await measure({ data: at('none') });
    expect(none).toMatchObject({ photos: 1, found: 0, centered: 0, missedIn: ['empty.jpg'] });
    expect(describeDetector(none)).toMatch(/\n1 +0 +0\.0000 +0 +0\.0000$/);
  });

  it('takes only the photos of the split where a folder has labels', async () => {
    await mkdir(at('labeled'));
    for (const seed of [1, 2, 3]) await writeCrop(`labeled/${seed}.jpg`, seed);
    const labels = 'file,age,split\n1.jpg,20-29,train\n2.jpg,20-29,val\n3.jpg,20-29,val\n';
    await writeFile(at('labeled/labels.csv'), labels);
    const figures = await measure({ data: at('labeled') });
    expect(figures).toMatchObject({ photos: 2, foundIn: ['2.jpg', '3.jpg'] });
  });

  it('leaves out the photos that a table excepts', async () => {
    await writeFile(at('except.csv'), 'file,reason\n1.jpg,shows two\n2.jpg,is a drawing\n');
    const figures = await measure({ data: at('crops'), except: at('except.csv') });
    expect(figures).toMatchObject({ photos: 6 });
    await writeFile(at('except-bad.csv'), 'file\n1.jpg\n');
    const bad = measure({ data: at('crops'), except: at('except-bad.csv') });
    await expect(bad).rejects.toThrow('needs the columns file and reason');
  });

  it('pastes groups of crops onto photos, equal ones for equal seeds', async () => {
    const given = { data: at('crops'), arrange: 'groups' as const, count: 4 };
    const figures = await measure({ ...given, backgrounds: at('none') });
    expect(figures).toMatchObject({ kind: 'groups', pictures: 4, falseFacesPerPhoto: 0 });
    expect('recallLarge' in figures && figures.recallLarge).toBeGreaterThan(0.9);
    expect(await measure({ ...given, backgrounds: at('none') })).toEqual(figures);
    expect(await measure({ ...given, backgrounds: at('none'), seed: 2 })).not.toEqual(figures);
    expect(describeDetector(figures)).toMatch(/^groups +faces/);
    await expect(measure(given)).rejects.toThrow('--backgrounds');
  });

  it('finds six different faces in each montage', async () => {
    const figures = await measure({ data: at('crops'), arrange: 'montages', count: 4 });
    expect(figures).toMatchObject({ kind: 'montages', faces: 24, recall: 1, complete: 4 });
    expect(describeDetector(figures)).toMatch(/\n4 +4 +1\.0000 +0\.000$/);
  });

  it('finds crops that are padded or turned', async () => {
    const figures = await measure({ data: at('crops'), arrange: 'variants', count: 4 });
    expect(figures).toMatchObject({ kind: 'variants', crops: 4 });
    const found = 'variants' in figures ? figures.variants.map((variant) => variant.centered) : [];
    expect(found).toHaveLength(9);
    // A drawn face that is upside down is not always found.
    expect(found.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 1));
    expect(describeDetector(figures)).toMatch(/turned by 90° +1\.0000 +1\.0000\nturned by 180°/);
  });

  it('measures how much the alignment varies when a face is found again', async () => {
    const figures = await measure({ data: at('crops'), arrange: 'shifts', count: 4 });
    expect(figures).toMatchObject({ kind: 'shifts', crops: 4, copies: 16, lost: 0 });
    if (figures.kind !== 'shifts') return;
    for (const [median, p95, p99] of Object.values(figures.displacements)) {
      expect(median).toBeGreaterThan(0);
      expect(median <= p95 && p95 <= p99).toBe(true);
    }
    // A copy is shifted by up to 0.4 of its side and scaled by up to 0.2: both are undone.
    expect(figures.displacements.shift[1]).toBeLessThan(0.1);
    expect(figures.displacements.scale[0]).toBeLessThan(0.1);
    expect(describeDetector(figures)).toMatch(/turn, degrees +\d/);
  });

  it('refuses a folder without photos, and a table to arrange', async () => {
    await mkdir(at('empty'));
    await expect(measure({ data: at('empty') })).rejects.toThrow('has no photos');
    await writeFile(at('some.csv'), 'file,x,y,width,height\na.jpg,1,2,3,4');
    const arranged = measure({ data: at('some.csv'), arrange: 'montages' });
    await expect(arranged).rejects.toThrow('Only the photos of a folder');
  });

  it.each([
    [
      'a missing column',
      'file,x,y,width\na.jpg,1,2,3',
      'needs the columns file, x, y, width and height',
    ],
    ['a value that is no number', 'file,x,y,width,height\na.jpg,1,2,3,wide', 'line 2'],
    ['no rows', 'file,x,y,width,height\n', 'has no rows'],
    ['an unclosed quote', 'file,x,y,width,height\n"a.jpg,1,2,3,4', 'boxes-bad.csv'],
  ])('refuses a table with %s', async (_what, content, message) => {
    await writeFile(at('boxes-bad.csv'), content);
    await expect(measure({ data: at('boxes-bad.csv') })).rejects.toThrow(message);
  });
});
