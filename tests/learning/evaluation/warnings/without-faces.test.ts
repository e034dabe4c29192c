import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelConfig } from '../../../../src/common/config/config.ts';
import {
  measureWithoutFaces,
  withoutFacesTable,
} from '../../../../src/learning/evaluation/warnings/without-faces.ts';
import { utkFraming } from '../../../../src/registry/framing.ts';
import { grayJpeg } from '../../../support/gray-photo.ts';
import { writeFaceVersion } from '../../../support/models/face-network.ts';
import { createModelFolder, type ModelFolder } from '../../../support/models/model-folder.ts';

let pictures: string;
let folder: ModelFolder;
beforeAll(async () => {
  pictures = await mkdtemp(path.join(tmpdir(), 'without-faces-'));
  folder = await createModelFolder();
  for (const [name, level] of [
    ['dark', 40],
    ['bright', 220],
    ['brighter', 240],
  ] as const)
    await writeFile(path.join(pictures, `${name}.jpg`), await grayJpeg(level));
});
afterAll(async () => {
  await rm(pictures, { recursive: true });
  await folder.remove();
});

function measure(version: number) {
  const config = readModelConfig({ MODEL_REGISTRY: folder.root, ENGINE_THREADS: '1' });
  const evaluation = { data: pictures, split: 'val', model: String(version) };
  return measureWithoutFaces(evaluation, config, () => undefined);
}

describe('pictures without faces', () => {
  it('are measured as photos and as framed faces, by a version that finds faces', async () => {
    await writeFaceVersion(folder, 1, { framing: utkFraming });
    const [largest, none] = await measure(1);
    expect(largest).toEqual({
      ...{ faces: 'largest', pictures: 3, answered: 0, unlikely: 0, decided: 0, decidedIn: [] },
    });
    // The network takes bright pictures for faces.
    expect(none).toEqual({
      ...{ faces: 'none', pictures: 3, answered: 3, unlikely: 1, decided: 2 },
      decidedIn: ['bright.jpg', 'brighter.jpg'],
    });
    expect(withoutFacesTable([largest!, none!])).toMatch(
      /^none +3 +3 +1\.000 +1 +0\.333 +2 +0\.667$/m,
    );
  });

  it('are measured as framed faces alone, by a version without framing', async () => {
    await writeFaceVersion(folder, 2);
    expect((await measure(2)).map(({ faces }) => faces)).toEqual(['none']);
  });
});
