import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drawDataset } from '../../../../src/drawing/draw-dataset.ts';
import type { Dataset } from '../../../../src/learning/dataset/dataset.ts';
import { describeDataset } from '../../../../src/learning/training/publication/dataset-description.ts';
import { refreshVersion } from '../../../../src/learning/training/publication/refresh.ts';
import { FileRegistry } from '../../../../src/registry/file-registry.ts';
import type { Manifest } from '../../../../src/registry/manifest.ts';
import { exampleManifest } from '../../../support/models/example-manifest.ts';
import { createModelFolder, type ModelFolder } from '../../../support/models/model-folder.ts';
import { openTestDataset } from '../../../support/models/open-test-dataset.ts';
import { writeTinyArtifact } from '../../../support/models/tiny-artifact.ts';

const TRAINING_PHOTOS = 6;
const VALIDATION_PHOTOS = 60;

let drawings: string;
let dataset: Dataset;
let folder: ModelFolder;
let registry: FileRegistry;
beforeAll(async () => {
  drawings = await mkdtemp(path.join(tmpdir(), 'refresh-correction-'));
  await drawDataset(path.join(drawings, 'faces'), {
    train: TRAINING_PHOTOS,
    val: VALIDATION_PHOTOS,
  });
  const { preprocess: spec } = exampleManifest();
  const cache = path.join(drawings, 'cache');
  ({ dataset } = await openTestDataset(path.join(drawings, 'faces'), cache, { spec }));
});
beforeEach(async () => {
  folder = await createModelFolder();
  registry = new FileRegistry(folder.root);
});
afterEach(() => folder.remove());
afterAll(() => rm(drawings, { recursive: true }));

/** Writes version 3 with a real network. */
async function writeVersion(training: Manifest['training'] = null): Promise<void> {
  const tiny = await writeTinyArtifact(folder, 3);
  const described = [{ name: 'faces', weight: 1, license: undefined, dataset }];
  const manifest = { ...tiny, dataset: describeDataset(described, 'val'), training };
  await folder.write('3/manifest.json', JSON.stringify(manifest));
}

describe('a refresh that corrects the age scale', () => {
  async function correct(correction: { license?: string; strength: number }, version = 3) {
    const source = await registry.fetchArtifact('face-age', version);
    const given = { source, dataset, newData: false, gitCommit: null };
    const written = await refreshVersion(registry, {
      ...given,
      correction: { dataset, ...correction },
    });
    return registry.fetchArtifact('face-age', written.version);
  }

  it('publishes a head with three points, its figures and where they come from, and keeps it from then on', async () => {
    await writeVersion();
    const { manifest, directory } = await correct({ license: 'Public domain', strength: 1 });
    expect(manifest.head).toMatchObject({ correction: [{ from: 20 }, { from: 45 }, { from: 70 }] });
    expect(manifest.metrics).toMatchObject({
      correctionPhotos: TRAINING_PHOTOS + VALIDATION_PHOTOS,
      correctedMae: expect.any(Number) as number,
    });
    expect(manifest.metrics.correctedMae!).toBeLessThan(manifest.metrics.uncorrectedMae!);
    expect(manifest.derivedFrom).toEqual([
      { role: 'correction', name: 'faces', license: 'Public domain' },
    ]);
    const card = await readFile(path.join(directory, 'MODEL_CARD.md'), 'utf8');
    expect(card).toMatch(/ages are corrected by 3 points that were fitted on 66 photos/);
    const source = await registry.fetchArtifact('face-age', 4);
    const options = { source, dataset, newData: false, gitCommit: null };
    const { version } = await refreshVersion(registry, options);
    const again = await registry.fetchArtifact('face-age', version);
    const { head } = manifest;
    expect(again.manifest.head).toEqual(head);
    expect(again.manifest.derivedFrom).toEqual(manifest.derivedFrom);
  });

  it('refuses too few photos, and a license that the recipe does not accept', async () => {
    const recipe = { acceptedLicenses: ['CC BY 4.0'] };
    await writeVersion({ seed: 5, recipe, durationSeconds: 60 });
    await expect(correct({ strength: 1 })).rejects.toThrow(
      /that of the photos for the correction of ages faces is unknown: state it with .*--correct-ages-license/,
    );
    await drawDataset(path.join(drawings, 'few'), { train: 4, val: 5 });
    const { preprocess: spec } = exampleManifest();
    const { dataset: few } = await openTestDataset(
      path.join(drawings, 'few'),
      path.join(drawings, 'cache'),
      { spec },
    );
    const source = await registry.fetchArtifact('face-age', 3);
    const correction = { dataset: few, license: 'CC BY 4.0', strength: 1 };
    await expect(
      refreshVersion(registry, { source, dataset, newData: false, gitCommit: null, correction }),
    ).rejects.toThrow(/has 9 photos with exact ages and a face; correcting ages needs 60/);
  });
});
