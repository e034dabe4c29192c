import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyArtifact } from '../../src/registry/loading/verify-artifact.ts';
import type { RegistryWriter } from '../../src/registry/registry.ts';
import { exampleContent, exampleManifest, fileEntry } from '../support/models/example-manifest.ts';
import { moveTo } from '../support/models/new-version.ts';
import { describeAliases } from './alias-contract.ts';
import { describeDetectors } from './detector/detector-contract.ts';
import { describeGates } from './gate-contract.ts';
import { describePublishing } from './publishing-contract.ts';
import { MODEL, expectError, type TestStore } from './test-store.ts';

const aliasText = (version: number) =>
  JSON.stringify({ version, previous: null, updatedAt: '2024-01-01T00:00:00Z', by: 'tests' });

/** The contract of every kind of registry. */
export function describeRegistry(kind: string, createStore: () => Promise<TestStore>): void {
  let store: TestStore;
  let registry: RegistryWriter;
  const writeVersion = async (version: number): Promise<void> => {
    await store.write(`${version}/model.onnx`, exampleContent);
    await store.write(`${version}/manifest.json`, JSON.stringify(exampleManifest({ version })));
  };

  describe(kind, () => {
    beforeEach(async () => {
      store = await createStore();
      registry = store.registry;
    });
    afterEach(() => store.remove());

    it('is empty at first', async () => {
      expect(await registry.listVersions(MODEL)).toEqual([]);
      expect(await registry.listAliases(MODEL)).toEqual({});
      expect(await registry.readAlias(MODEL, 'production')).toBeUndefined();
    });

    it('lists versions by number, and only those with a manifest', async () => {
      for (const version of [10, 9, 1]) await writeVersion(version);
      await store.write('11/model.onnx', exampleContent);
      await store.write('draft/manifest.json', '{}');
      expect(await registry.listVersions(MODEL)).toEqual([1, 9, 10]);
    });

    it('reads the current state of an alias each time', async () => {
      await store.write('aliases/production.json', aliasText(1));
      await store.write('aliases/challenger.json', aliasText(2));
      await store.write('aliases/README.md', 'not an alias');
      expect(await registry.readAlias(MODEL, 'production')).toMatchObject({
        version: 1,
        by: 'tests',
      });
      expect(await registry.readAlias(MODEL, 'production')).toMatchObject({ version: 1 });
      const aliases = await registry.listAliases(MODEL);
      expect(Object.keys(aliases)).toEqual(['challenger', 'production']);
      await store.write('aliases/production.json', aliasText(2));
      expect(await registry.readAlias(MODEL, 'production')).toMatchObject({ version: 2 });
    });

    it('does not look for an alias outside its folder', async () => {
      await store.write('other.json', aliasText(1));
      expect(await registry.readAlias(MODEL, '../other')).toBeUndefined();
      await expectError(registry.changeAlias(MODEL, '../other', moveTo(2)), /"\.\.\/other" cannot/);
    });

    it('fetches a version with its manifest to local disk', async () => {
      await writeVersion(3);
      const { directory, manifest } = await registry.fetchArtifact(MODEL, 3);
      expect(manifest).toEqual(await registry.readManifest(MODEL, 3));
      expect(manifest.version).toBe(3);
      for (const { path } of manifest.files) {
        expect(await readFile(join(directory, path))).toEqual(exampleContent);
      }
    });

    it.each(['train', 'report'] as const)(
      'fetches a version without a file that is only there to %s',
      async (role) => {
        const report = { ...fileEntry('report.html', exampleContent), role };
        const files = [...exampleManifest().files, report];
        await store.write('3/model.onnx', exampleContent);
        await store.write(
          '3/manifest.json',
          JSON.stringify(exampleManifest({ version: 3, files })),
        );
        const artifact = await registry.fetchArtifact(MODEL, 3);
        await verifyArtifact(artifact);
        expect(await readdir(artifact.directory)).not.toContain('report.html');
        // Another process may have the same copy.
        await verifyArtifact(await store.openAnother().fetchArtifact(MODEL, 3));
      },
    );

    it('fetches nothing if it is aborted beforehand', async () => {
      await writeVersion(3);
      const reason = new Error('overtaken');
      await expect(registry.fetchArtifact(MODEL, 3, AbortSignal.abort(reason))).rejects.toBe(
        reason,
      );
    });

    it('reports which part of a version is missing or not valid, and where', async () => {
      await expectError(registry.readManifest(MODEL, 4), /4\/manifest\.json does not exist/);
      await store.write('4/manifest.json', '{');
      await expectError(registry.readManifest(MODEL, 4), /4\/manifest\.json .*not JSON/);
      await store.write('4/manifest.json', JSON.stringify({ schemaVersion: 99 }));
      await expectError(registry.fetchArtifact(MODEL, 4), /schemaVersion 99/);
      await store.write('4/manifest.json', JSON.stringify({ ...exampleManifest(), version: 5 }));
      await expectError(registry.readManifest(MODEL, 4), /belongs to face-age 5/);
    });

    it('reports which alias is not valid', async () => {
      await store.write('aliases/production.json', '{"version": 0}');
      await expectError(registry.readAlias(MODEL, 'production'), /production\.json cannot be used/);
    });

    describeDetectors(() => store);
    describePublishing(() => store);
    describeAliases(() => store);
    describeGates(() => store);
  });
}
