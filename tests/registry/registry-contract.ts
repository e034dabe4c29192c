import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryError, type ModelRegistry } from '../../src/registry/registry.ts';
import { exampleContent, exampleManifest } from '../support/example-manifest.ts';

/** A store that a test can write to as a publisher would. */
export interface TestStore {
  readonly registry: ModelRegistry;
  /** By its path under the model's folder or prefix. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  remove(): Promise<void>;
}

const MODEL = 'face-age';
const aliasText = (version: number) =>
  JSON.stringify({ version, previous: null, updatedAt: '2024-01-01T00:00:00Z', by: 'tests' });

/** What every kind of registry must do. */
export function describeRegistry(kind: string, createStore: () => Promise<TestStore>): void {
  let store: TestStore;
  const writeVersion = async (version: number): Promise<void> => {
    await store.write(`${version}/model.onnx`, exampleContent);
    await store.write(`${version}/manifest.json`, JSON.stringify(exampleManifest({ version })));
  };
  const expectError = async (answer: Promise<unknown>, reason: RegExp): Promise<void> => {
    const error = await answer.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RegistryError);
    expect((error as RegistryError).message).toMatch(reason);
  };

  describe(kind, () => {
    beforeEach(async () => {
      store = await createStore();
    });
    afterEach(() => store.remove());

    it('is empty at first', async () => {
      expect(await store.registry.listVersions(MODEL)).toEqual([]);
      expect(await store.registry.listAliases(MODEL)).toEqual({});
      expect(await store.registry.readAlias(MODEL, 'production')).toBeUndefined();
    });

    it('lists versions by number, and only those whose manifest exists', async () => {
      for (const version of [10, 9, 1]) await writeVersion(version);
      await store.write('11/model.onnx', exampleContent);
      await store.write('draft/manifest.json', '{}');
      expect(await store.registry.listVersions(MODEL)).toEqual([1, 9, 10]);
    });

    it('reads aliases, at each reading anew', async () => {
      await store.write('aliases/production.json', aliasText(1));
      await store.write('aliases/challenger.json', aliasText(2));
      await store.write('aliases/README.md', 'not an alias');
      expect(await store.registry.readAlias(MODEL, 'production')).toMatchObject({
        version: 1,
        by: 'tests',
      });
      const aliases = await store.registry.listAliases(MODEL);
      expect(Object.keys(aliases)).toEqual(['challenger', 'production']);
      await store.write('aliases/production.json', aliasText(2));
      expect(await store.registry.readAlias(MODEL, 'production')).toMatchObject({ version: 2 });
    });

    it('brings a version to local disk with its manifest', async () => {
      await writeVersion(3);
      const { directory, manifest } = await store.registry.fetchArtifact(MODEL, 3);
      expect(manifest).toEqual(await store.registry.readManifest(MODEL, 3));
      expect(manifest.version).toBe(3);
      for (const { path } of manifest.files) {
        expect(await readFile(join(directory, path))).toEqual(exampleContent);
      }
    });

    it('says what of a version is missing or unusable, and where', async () => {
      await expectError(store.registry.readManifest(MODEL, 4), /4\/manifest\.json does not exist/);
      await store.write('4/manifest.json', '{');
      await expectError(store.registry.readManifest(MODEL, 4), /4\/manifest\.json .*not JSON/);
      await store.write('4/manifest.json', JSON.stringify({ schemaVersion: 99 }));
      await expectError(store.registry.fetchArtifact(MODEL, 4), /schemaVersion 99/);
      await store.write('4/manifest.json', JSON.stringify({ ...exampleManifest(), version: 5 }));
      await expectError(store.registry.readManifest(MODEL, 4), /is that of face-age 5/);
    });

    it('says which alias is unusable', async () => {
      await store.write('aliases/production.json', '{"version": 0}');
      await expectError(
        store.registry.readAlias(MODEL, 'production'),
        /production\.json cannot be used/,
      );
    });
  });
}
