import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderStore } from '../../../src/registry/store/folder-store.ts';
import { gather } from '../../support/gather.ts';
import { describeStore } from './store-contract.ts';

describeStore(
  'FolderStore',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'store-'));
    return {
      store: new FolderStore(folder),
      put: async (key, content) => {
        await mkdir(path.dirname(path.join(folder, key)), { recursive: true });
        await writeFile(path.join(folder, key), content);
      },
      remove: () => rm(folder, { recursive: true }),
    };
  },
  () => new FolderStore(path.join(tmpdir(), 'no-such-folder')),
);

describe('FolderStore', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'store-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const keys = async () =>
    (await gather(new FolderStore(folder).list())).map(({ key }) => key).toSorted();

  it('follows links without cycles, and skips broken ones', async () => {
    await mkdir(path.join(folder, 'a'));
    await writeFile(path.join(folder, 'a/1'), '');
    await symlink(path.join(folder, 'a/1'), path.join(folder, '2'));
    await symlink(path.join(folder, 'a'), path.join(folder, 'a/circle'));
    await symlink(path.join(folder, 'gone'), path.join(folder, 'dangling'));
    expect(await keys()).toEqual(['2', 'a/1']);
  });

  it('lists a folder of many files', async () => {
    const names = Array.from({ length: 200 }, (_, index) => String(1000 + index));
    await Promise.all(names.map((name) => writeFile(path.join(folder, name), '')));
    expect(await keys()).toEqual(names);
  });
});
