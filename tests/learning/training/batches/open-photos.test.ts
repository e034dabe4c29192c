import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../../../src/drawing/draw-face.ts';
import type { FaceFraming } from '../../../../src/learning/dataset/face-framing.ts';
import {
  openPhotos,
  type PhotosOptions,
} from '../../../../src/learning/training/batches/open-photos.ts';
import { PhotoReader } from '../../../../src/learning/training/batches/photo-set.ts';
import { completeRecipe } from '../../../../src/learning/training/recipe.ts';
import { shippedDetector } from '../../../../src/registry/detector/local-detector.ts';
import { utkFraming } from '../../../../src/registry/framing.ts';
import { grayJpeg } from '../../../support/gray-photo.ts';

const framing: FaceFraming = {
  detectorFolder: shippedDetector(1),
  detectorSha256: utkFraming.detector.sha256,
  points: utkFraming.points,
};

describe('the photos of a run', () => {
  let root: string;
  let options: PhotosOptions;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'photos-'));
    await writeFaces('exact', { '30': 1, '40': 2 });
    await writeFaces('ranges', { '20-29': 3, '70+': 4 });
    await mkdir(path.join(root, 'things'));
    for (const level of [10, 90, 200])
      await writeFile(path.join(root, `things/${level}.jpg`), await grayJpeg(level));
    options = {
      sources: [
        { data: path.join(root, 'exact'), weight: 1, license: 'research' },
        { data: path.join(root, 'ranges'), weight: 2 },
      ],
      cache: path.join(root, 'cache'),
      valShare: 0,
      tuning: false,
      holdOut: [],
    };
  });
  afterEach(() => rm(root, { recursive: true }));

  /** One training and one validation photo for each age. */
  async function writeFaces(name: string, seeds: Record<string, number>): Promise<void> {
    for (const [age, seed] of Object.entries(seeds))
      for (const [part, split] of ['train', 'val'].entries()) {
        const folder = path.join(root, name, split, age);
        await mkdir(folder, { recursive: true });
        const face = drawFaceJpeg({ age: 30, seed: 10 * seed + part });
        await writeFile(path.join(folder, 'face.jpg'), face);
      }
  }

  const open = async (
    change: Partial<PhotosOptions> = {},
    settings: Record<string, unknown> = {},
    faces: FaceFraming | null = framing,
  ) => {
    const lines: string[] = [];
    const use = { recipe: completeRecipe(settings), framing: faces ?? undefined };
    const log = (line: string) => lines.push(line);
    const photos = await openPhotos({ ...options, ...change }, use, { log });
    await photos.close();
    return { ...photos, lines };
  };

  it('come from all data sets, each with its weight', async () => {
    const { train, labeled, sources, fileAt } = await open({}, { rangeWeight: 0.5 });
    expect([...train.minAges].toSorted()).toEqual([20, 30, 40, 70]);
    const weightOf = (age: number) => train.weights[train.minAges.indexOf(age)];
    expect([weightOf(30), weightOf(20), weightOf(70)]).toEqual([1, 1, 1]);
    const doubled = await open();
    expect(doubled.train.weights[doubled.train.minAges.indexOf(20)]).toBe(2);
    expect(labeled.map(({ source, age }) => [source, age.min, age.max])).toEqual([
      ['exact', 30, 30],
      ['exact', 40, 40],
      ['ranges', 20, 29],
      ['ranges', 70, 130],
    ]);
    expect(sources.map(({ name, license }) => [name, license])).toEqual([
      ['exact', 'research'],
      ['ranges', undefined],
    ]);
    expect(await fileAt(2)).toEqual(Buffer.from(drawFaceJpeg({ age: 30, seed: 31 })));
  });

  it('show the surroundings of the aligned face, whose middle is what the network sees', async () => {
    const aligned = await open();
    expect([aligned.train.side, aligned.train.storedSide]).toEqual([120, 192]);
    const asSent = await open({}, {}, null);
    expect([asSent.train.side, asSent.train.storedSide]).toEqual([120, 120]);
    const reader = new PhotoReader(aligned.validation);
    expect(reader.read(0)).toHaveLength(120 * 120);
    reader.close();
  });

  it('are joined by pictures without faces, as many as the recipe asks for', async () => {
    const settings = { network: { faceOutput: true }, negatives: { share: 0.5 } };
    const { train, negatives, lines } = await open(
      { negatives: path.join(root, 'things') },
      settings,
    );
    expect(train.count).toBe(8);
    expect(train.isFace.reduce((sum, face) => sum + face, 0)).toBe(4);
    expect(negatives!.counts.mistakenForFaces).toBe(0);
    expect(lines.join('\n')).toMatch(/things: \d pictures without faces to train on/);
    await expect(open({ negatives: path.join(root, 'things') })).rejects.toThrow(
      /no use to a network without the second output: set "network": \{"faceOutput": true\} and "negatives": \{\} in the recipe/,
    );
  });

  it('have another fingerprint with other weights, negatives or framing', async () => {
    const things = { negatives: path.join(root, 'things') };
    const opened = [
      await open(),
      await open({ sources: options.sources.map((source) => ({ ...source, weight: 1 })) }),
      await open(things, { network: { faceOutput: true }, negatives: {} }),
      await open({}, {}, null),
    ];
    const prints = opened.map(({ selection }) => selection.fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });
});
