import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawFaceRgb } from '../../../../src/drawing/draw-face.ts';
import { sharp } from '../../../../src/inference/preprocess/sharp-image.ts';
import {
  describeDetector,
  measureDetector,
} from '../../../../src/learning/evaluation/detector/measure-detector.ts';

const SIDE = 220;
let root: string;
const at = (...names: string[]) => path.join(root, ...names);
const nobody = (): void => undefined;

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

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'face-age-boxes-'));
  await mkdir(at('one'));
  await mkdir(at('none'));
  await writePhoto('two.jpg', [
    [100, 100],
    [600, 250],
  ]);
  await writePhoto('one/middle.jpg', [[390, 190]]);
  await writePhoto('none/empty.jpg', []);
  await writeFile(at('none/notes.txt'), 'no photo');
});
afterAll(() => rm(root, { recursive: true }));

describe('measureDetector', () => {
  it('counts found, missed and false faces of a table', async () => {
    const rows = ['file,x,y,width,height,note'];
    // The box of BlazeFace spans from the brows to the chin.
    rows.push('two.jpg,140,160,140,140,is there', 'two.jpg,20,480,100,100,is not there');
    await writeFile(at('boxes.csv'), rows.join('\n'));
    const figures = await measureDetector({ data: at('boxes.csv') }, nobody);
    expect(figures).toEqual({
      ...{ photos: 1, faces: 2, largeFaces: 2, recall: 0.5, recallLarge: 0.5 },
      falseFacesPerPhoto: 1,
    });
    expect(describeDetector(figures)).toContain('0.5000 of 2 faces found');
  });

  it('counts the photos of a folder in which a face is found', async () => {
    const seen: number[] = [];
    const figures = await measureDetector({ data: at('one') }, (done) => seen.push(done));
    expect(figures).toEqual({ photos: 1, found: 1, centered: 1, foundIn: ['middle.jpg'] });
    expect(seen).toEqual([1]);
    const none = await measureDetector({ data: at('none') }, nobody);
    expect(none).toEqual({ photos: 1, found: 0, centered: 0, foundIn: [] });
  });

  it.each([
    ['a missing column', 'file,x,y,width\na.jpg,1,2,3', 'line 2'],
    ['a value that is no number', 'file,x,y,width,height\na.jpg,1,2,3,wide', 'line 2'],
    ['no rows', 'file,x,y,width,height\n', 'has no rows'],
    ['an unclosed quote', 'file,x,y,width,height\n"a.jpg,1,2,3,4', 'boxes-bad.csv'],
  ])('refuses a table with %s', async (_what, content, message) => {
    await writeFile(at('boxes-bad.csv'), content);
    await expect(measureDetector({ data: at('boxes-bad.csv') }, nobody)).rejects.toThrow(message);
  });
});
