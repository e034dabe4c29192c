import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import type { Manifest } from '../../../src/registry/manifest.ts';
import { reasonNothingNew, ownVersion } from '../../../src/learning/retrain/earlier-versions.ts';
import { exampleGate } from '../../support/models/example-gate.ts';
import { exampleManifest } from '../../support/models/example-manifest.ts';
import { createModelFolder, type ModelFolder } from '../../support/models/model-folder.ts';

const MODEL = 'face-age';
const photos = 'ab'.repeat(32);
const otherPhotos = 'cd'.repeat(32);

let folder: ModelFolder;
let registry: FileRegistry;
beforeEach(async () => {
  folder = await createModelFolder();
  registry = new FileRegistry(folder.root);
});
afterEach(() => folder.remove());

/** @param trainedOn the fingerprint of everything it was trained on; versions of 0.1 do not record it */
async function version(
  number: number,
  fingerprint: string,
  runId?: string,
  trainedOn?: string,
): Promise<void> {
  const training: Manifest['training'] = {
    seed: 1,
    recipe: {},
    durationSeconds: 1,
    ...(runId !== undefined && { runId }),
    ...(trainedOn !== undefined && { fingerprint: trainedOn }),
  };
  const dataset = { name: 'faces', fingerprint, counts: {}, splits: {} };
  const manifest = exampleManifest({ version: number, dataset, training });
  await folder.write(`${number}/manifest.json`, JSON.stringify(manifest));
}

describe('ownVersion', () => {
  it('finds the version with the id of the run among those published after it began', async () => {
    await version(1, photos, 'mine');
    await version(3, photos, 'another');
    const mine = { runId: 'mine', newestBefore: 1 };
    expect(await ownVersion(registry, MODEL, mine)).toBeNull();
    await version(4, photos, 'mine');
    expect(await ownVersion(registry, MODEL, mine)).toBe(4);
  });
});

describe('reasonNothingNew', () => {
  it('applies if the serving version was trained on the same photos', async () => {
    await version(1, photos);
    expect(await reasonNothingNew(registry, MODEL, 1, photos)).toMatch(
      /version 1, which serves, was trained on the same photos/,
    );
    expect(await reasonNothingNew(registry, MODEL, 1, otherPhotos)).toBeUndefined();
  });

  it('compares everything that a version was trained on, not only its data set', async () => {
    const withFeedback = 'ef'.repeat(32);
    await version(1, photos, undefined, withFeedback);
    expect(await reasonNothingNew(registry, MODEL, 1, withFeedback)).toMatch(/the same photos/);
    // The feedback was deleted since.
    expect(await reasonNothingNew(registry, MODEL, 1, photos)).toBeUndefined();
  });

  it('applies if a later version was trained on them and compared with the serving version', async () => {
    await version(1, otherPhotos);
    await version(2, photos, 'run-2');
    expect(await reasonNothingNew(registry, MODEL, 1, photos)).toBeUndefined();
    const gate = exampleGate({ id: 'run-2', outcome: 'refuse', reasons: ['worse by a year'] });
    await registry.addGate(gate);
    expect(await reasonNothingNew(registry, MODEL, 1, photos)).toMatch(
      /version 2 was trained on the same photos, and the gate decided refuse: worse by a year/,
    );
  });

  it('does not apply to a version that was compared with another champion', async () => {
    await version(1, otherPhotos);
    await version(2, otherPhotos);
    await version(3, photos, 'run-3');
    await registry.addGate(exampleGate({ id: 'run-3', champion: 1, challenger: 3 }));
    expect(await reasonNothingNew(registry, MODEL, 2, photos)).toBeUndefined();
  });
});
