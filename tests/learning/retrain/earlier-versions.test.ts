import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import type { Manifest } from '../../../src/registry/manifest.ts';
import { learnedAlready, ownVersion } from '../../../src/learning/retrain/earlier-versions.ts';
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

async function version(number: number, fingerprint: string, runId?: string): Promise<void> {
  const training: Manifest['training'] = {
    seed: 1,
    recipe: {},
    durationSeconds: 1,
    ...(runId !== undefined && { runId }),
  };
  const dataset = { name: 'faces', fingerprint, counts: {}, splits: {} };
  const manifest = exampleManifest({ version: number, dataset, training });
  await folder.write(`${number}/manifest.json`, JSON.stringify(manifest));
}

describe('the version that a run has published', () => {
  it('is the one that has its id, among those that came after it began', async () => {
    await version(1, photos, 'mine');
    await version(3, photos, 'another');
    const mine = { runId: 'mine', newestBefore: 1 };
    expect(await ownVersion(registry, MODEL, mine)).toBeNull();
    await version(4, photos, 'mine');
    expect(await ownVersion(registry, MODEL, mine)).toBe(4);
  });
});

describe('nothing new to learn', () => {
  it('is known where the version that serves was made of the same photos', async () => {
    await version(1, photos);
    expect(await learnedAlready(registry, MODEL, 1, photos)).toMatch(
      /version 1, which serves, was trained on the very same photos/,
    );
    expect(await learnedAlready(registry, MODEL, 1, otherPhotos)).toBeUndefined();
  });

  it('is known where a later version was, and was held against the one that serves', async () => {
    await version(1, otherPhotos);
    await version(2, photos, 'run-2');
    expect(await learnedAlready(registry, MODEL, 1, photos)).toBeUndefined();
    const gate = exampleGate({ id: 'run-2', outcome: 'refuse', reasons: ['worse by a year'] });
    await registry.addGate(gate);
    expect(await learnedAlready(registry, MODEL, 1, photos)).toMatch(
      /version 2 was trained on the very same photos, and the gate said refuse: worse by a year/,
    );
  });

  it('is not said of a version that was held against another one', async () => {
    await version(1, otherPhotos);
    await version(2, otherPhotos);
    await version(3, photos, 'run-3');
    await registry.addGate(exampleGate({ id: 'run-3', champion: 1, challenger: 3 }));
    expect(await learnedAlready(registry, MODEL, 2, photos)).toBeUndefined();
  });
});
