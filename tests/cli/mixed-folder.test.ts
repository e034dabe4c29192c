import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownVersionsAmongShipped } from '../../src/cli/mixed-folder.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';

let folder: ModelFolder;
beforeEach(async () => {
  folder = await createModelFolder();
});
afterEach(() => folder.remove());

const found = () => ownVersionsAmongShipped(new FileRegistry(folder.root));

it('finds versions of a user among the shipped ones, under their numbers', async () => {
  const { files } = await new FileRegistry('models').readManifest('face-age', 4);
  await folder.writeVersion(4, { files });
  for (const version of [1, 5, 6]) await folder.writeVersion(version);
  expect(await found()).toEqual([5]);
});

it('finds none in the folder that ships, nor in a registry without shipped versions', async () => {
  expect(await ownVersionsAmongShipped(new FileRegistry('models'))).toEqual([]);
  for (const version of [2, 3]) await folder.writeVersion(version);
  expect(await found()).toEqual([]);
});
