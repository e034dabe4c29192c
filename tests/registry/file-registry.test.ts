import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { createModelFolder } from '../support/models/model-folder.ts';
import { newVersion } from '../support/models/new-version.ts';
import { describeRegistry } from './registry-contract.ts';

describeRegistry('a registry folder', async () => {
  const folder = await createModelFolder();
  const openAnother = () => new FileRegistry(folder.root);
  return { ...folder, registry: openAnother(), openAnother };
});

it('publishing into a folder removes what a killed publisher left there', async () => {
  const folder = await createModelFolder();
  const registry = new FileRegistry(folder.root);
  await registry.publish({
    ...newVersion(),
    at: async (number) => {
      const [partial] = await readdir(join(folder.root, 'face-age'));
      const left = partial!.replace(`.${process.pid}.`, '.4194999.').replace('.1.', '.9.');
      await mkdir(join(folder.root, 'face-age', left));
      return newVersion().at(number);
    },
  });
  await registry.publish(newVersion());
  expect((await readdir(join(folder.root, 'face-age'))).toSorted()).toEqual(['1', '2']);
  await folder.remove();
});
