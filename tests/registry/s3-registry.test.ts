import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os, { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArtifactCache } from '../../src/registry/artifact-cache.ts';
import { S3Registry } from '../../src/registry/s3-registry.ts';
import { FolderStore } from '../../src/registry/store/folder-store.ts';
import { StorageError, type WritableStore } from '../../src/registry/store/object-store.ts';
import { exampleContent } from '../support/models/example-manifest.ts';
import { createModelFolder, type ModelFolder } from '../support/models/model-folder.ts';
import { moveTo, newVersion } from '../support/models/new-version.ts';
import { describeRegistry } from './registry-contract.ts';

/** A store that is remote only by its name. */
function openOn(root: string, cacheDir: string, maxBytes = 1_000_000): S3Registry {
  const openStore = () => Promise.resolve(new FolderStore(root));
  return new S3Registry({ location: 's3://bucket', openStore, cacheDir, maxBytes });
}

describeRegistry('a registry in a store that is not local', async () => {
  const folder = await createModelFolder();
  const cacheDir = await mkdtemp(path.join(tmpdir(), 'cache-'));
  const openAnother = () => openOn(folder.root, cacheDir);
  return {
    ...folder,
    registry: openAnother(),
    openAnother,
    remove: async () => {
      await folder.remove();
      await rm(cacheDir, { recursive: true });
    },
  };
});

describe('the local copies of a registry', () => {
  let folder: ModelFolder;
  let cacheDir: string;
  beforeEach(async () => {
    folder = await createModelFolder();
    cacheDir = await mkdtemp(path.join(tmpdir(), 'cache-'));
  });
  afterEach(async () => {
    await folder.remove();
    await rm(cacheDir, { recursive: true });
  });

  const open = () => openOn(folder.root, cacheDir);
  /** Every request to this store is an error. */
  const openWithoutStore = () =>
    new S3Registry({
      location: 's3://bucket',
      openStore: () => Promise.reject<WritableStore>(new StorageError('the store is away')),
      cacheDir,
      maxBytes: 1_000_000,
    });
  const copies = async () => {
    const { directory } = await open().fetchArtifact('face-age', 1);
    return { directory, model: path.dirname(directory) };
  };

  it('serve without the store', async () => {
    await open().publish(newVersion());
    const fetched = await open().fetchArtifact('face-age', 1);
    const offline = openWithoutStore();
    expect(await offline.fetchArtifact('face-age', 1)).toEqual(fetched);
    expect(await offline.readManifest('face-age', 1)).toEqual(fetched.manifest);
    await expect(offline.fetchArtifact('face-age', 2)).rejects.toThrow(/the store is away/);
  });

  it.each(['changed', 'cut short', 'removed'])(
    'are brought again where a file was %s',
    async (damage) => {
      await open().publish(newVersion());
      const { directory } = await copies();
      const file = path.join(directory, 'model.onnx');
      if (damage === 'changed') await writeFile(file, exampleContent.toReversed());
      if (damage === 'cut short') await writeFile(file, exampleContent.subarray(1));
      if (damage === 'removed') await rm(file);
      await open().fetchArtifact('face-age', 1);
      expect(await readFile(file)).toEqual(exampleContent);
    },
  );

  it('are separate for each store', async () => {
    await open().publish(newVersion());
    await open().fetchArtifact('face-age', 1);
    const other = new S3Registry({
      location: 's3://other',
      openStore: () => Promise.reject<WritableStore>(new StorageError('the store is away')),
      cacheDir,
      maxBytes: 1_000_000,
    });
    await expect(other.fetchArtifact('face-age', 1)).rejects.toThrow(/the store is away/);
  });

  it('are complete if two processes download them at the same time', async () => {
    await open().publish(newVersion(Buffer.alloc(200_000, 'x')));
    const both = await Promise.all([1, 2].map(() => open().fetchArtifact('face-age', 1)));
    expect(both[0]).toEqual(both[1]);
    const { model } = await copies();
    expect(await readdir(model)).toEqual(['1']);
  });

  it('are removed except for those to be kept, and so are leftovers of ended processes', async () => {
    for (let version = 1; version <= 3; version++) {
      await open().publish(newVersion());
      await open().fetchArtifact('face-age', version);
    }
    const { model } = await copies();
    const alive = `.4.${hostName()}.${process.ppid}.0a1b2c3d-0.partial`;
    const dead = `.4.${hostName()}.4194999.0a1b2c3d-0.partial`;
    const earlierLife = `.4.${hostName()}.${process.pid}.0a1b2c3d-0.partial`;
    const elsewhere = '.4.elsewhere.1.0a1b2c3d-0.partial';
    const elsewhereOld = '.5.elsewhere.1.0a1b2c3d-0.partial';
    for (const name of [alive, dead, earlierLife, elsewhere, elsewhereOld])
      await mkdir(path.join(model, name));
    await utimes(path.join(model, elsewhereOld), 0, 0);
    await open().keepOnly('face-age', new Set([1, 3]));
    expect((await readdir(model)).toSorted()).toEqual([alive, elsewhere, '1', '3'].toSorted());
    await open().keepOnly('other', new Set());
  });

  it('remember an alias as last read, and its removal', async () => {
    const registry = open();
    expect(await registry.recallAlias('face-age', 'production')).toBeUndefined();
    await registry.changeAlias('face-age', 'production', moveTo(1));
    await registry.readAlias('face-age', 'production');
    const moved = await open().changeAlias('face-age', 'production', moveTo(2));
    expect(await openWithoutStore().recallAlias('face-age', 'production')).toMatchObject({
      version: 1,
    });
    await registry.readAlias('face-age', 'production');
    expect(await openWithoutStore().recallAlias('face-age', 'production')).toEqual(moved);
    await rm(path.join(folder.root, 'face-age/aliases/production.json'));
    await registry.readAlias('face-age', 'production');
    expect(await openWithoutStore().recallAlias('face-age', 'production')).toBeUndefined();
  });

  it('are not needed for reading an alias if they cannot be written', async () => {
    const file = path.join(cacheDir, 'file');
    await writeFile(file, '');
    const registry = openOn(folder.root, file);
    await registry.changeAlias('face-age', 'production', moveTo(1));
    expect(await registry.readAlias('face-age', 'production')).toMatchObject({ version: 1 });
    await registry.publish(newVersion());
    await expect(registry.fetchArtifact('face-age', 1)).rejects.toThrow(
      /cannot download face-age 1 from s3:\/\/bucket: .*ENOTDIR/,
    );
  });

  it('are not started if the disk has too little space', async () => {
    const cache = new ArtifactCache(cacheDir);
    await expect(cache.requireRoom(Number.MAX_SAFE_INTEGER)).rejects.toThrow(
      /has \d+ bytes free, but 9007199254740991 are needed/,
    );
  });

  it('are not made of a version that is too large', async () => {
    await open().publish(newVersion(Buffer.alloc(101)));
    const registry = openOn(folder.root, cacheDir, 100);
    await expect(registry.fetchArtifact('face-age', 1)).rejects.toThrow(
      /face-age 1 of s3:\/\/bucket has 101 bytes; at most 100 are downloaded/,
    );
  });
});

function hostName(): string {
  return os.hostname().replaceAll(/[^\w-]/g, '-');
}
