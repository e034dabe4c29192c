import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyArtifact } from '../../src/lifecycle/artifact-verifier.ts';
import {
  RegistryError,
  type NewVersion,
  type RegistryWriter,
} from '../../src/registry/registry.ts';
import { exampleContent, exampleManifest } from '../support/example-manifest.ts';
import { moveTo, newVersion } from '../support/new-version.ts';

/** A store that a test can look into, and write to as anybody would. */
export interface TestStore {
  readonly registry: RegistryWriter;
  /** The same store as another process has it. */
  openAnother(): RegistryWriter;
  /** By its path under the model's folder or prefix. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** The paths of all that is there, sorted. */
  list(): Promise<string[]>;
  remove(): Promise<void>;
}

const MODEL = 'face-age';
const aliasText = (version: number) =>
  JSON.stringify({ version, previous: null, updatedAt: '2024-01-01T00:00:00Z', by: 'tests' });

/** What every kind of registry must do. */
export function describeRegistry(kind: string, createStore: () => Promise<TestStore>): void {
  let store: TestStore;
  let registry: RegistryWriter;
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
      registry = store.registry;
    });
    afterEach(() => store.remove());

    it('is empty at first', async () => {
      expect(await registry.listVersions(MODEL)).toEqual([]);
      expect(await registry.listAliases(MODEL)).toEqual({});
      expect(await registry.readAlias(MODEL, 'production')).toBeUndefined();
    });

    it('lists versions by number, and only those whose manifest exists', async () => {
      for (const version of [10, 9, 1]) await writeVersion(version);
      await store.write('11/model.onnx', exampleContent);
      await store.write('draft/manifest.json', '{}');
      expect(await registry.listVersions(MODEL)).toEqual([1, 9, 10]);
    });

    it('reads aliases, at each reading anew', async () => {
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

    it('looks for no alias outside its folder', async () => {
      await store.write('other.json', aliasText(1));
      expect(await registry.readAlias(MODEL, '../other')).toBeUndefined();
      await expectError(registry.changeAlias(MODEL, '../other', moveTo(2)), /"\.\.\/other" cannot/);
    });

    it('brings a version to local disk with its manifest', async () => {
      await writeVersion(3);
      const { directory, manifest } = await registry.fetchArtifact(MODEL, 3);
      expect(manifest).toEqual(await registry.readManifest(MODEL, 3));
      expect(manifest.version).toBe(3);
      for (const { path } of manifest.files) {
        expect(await readFile(join(directory, path))).toEqual(exampleContent);
      }
    });

    it('brings nothing when told to stop before', async () => {
      await writeVersion(3);
      const reason = new Error('overtaken');
      await expect(registry.fetchArtifact(MODEL, 3, AbortSignal.abort(reason))).rejects.toBe(
        reason,
      );
    });

    it('says what of a version is missing or unusable, and where', async () => {
      await expectError(registry.readManifest(MODEL, 4), /4\/manifest\.json does not exist/);
      await store.write('4/manifest.json', '{');
      await expectError(registry.readManifest(MODEL, 4), /4\/manifest\.json .*not JSON/);
      await store.write('4/manifest.json', JSON.stringify({ schemaVersion: 99 }));
      await expectError(registry.fetchArtifact(MODEL, 4), /schemaVersion 99/);
      await store.write('4/manifest.json', JSON.stringify({ ...exampleManifest(), version: 5 }));
      await expectError(registry.readManifest(MODEL, 4), /is that of face-age 5/);
    });

    it('says which alias is unusable', async () => {
      await store.write('aliases/production.json', '{"version": 0}');
      await expectError(registry.readAlias(MODEL, 'production'), /production\.json cannot be used/);
    });

    describe('publishing', () => {
      it('takes files from memory and from disk, and says of each what it is', async () => {
        const folder = await mkdtemp(join(tmpdir(), 'publish-'));
        const file = join(folder, 'weights');
        await writeFile(file, Buffer.alloc(300_000, 'w'));
        const files = { 'model.onnx': exampleContent, 'weights.bin': { file } };
        expect(await registry.publish(newVersion(files))).toBe(1);
        await rm(folder, { recursive: true });
        const artifact = await store.openAnother().fetchArtifact(MODEL, 1);
        expect(artifact.manifest.files.map(({ path, bytes }) => [path, bytes])).toEqual([
          ['model.onnx', exampleContent.length],
          ['weights.bin', 300_000],
        ]);
        await verifyArtifact(artifact);
      });

      it('gives the wanted number where it is free, else the one after the highest', async () => {
        expect(await registry.publish(newVersion(exampleContent, 7))).toBe(7);
        expect(await registry.publish(newVersion(exampleContent, 7))).toBe(8);
        await store.write('11/model.onnx', 'of a publisher who was killed');
        expect(await registry.publish(newVersion())).toBe(12);
        expect(await registry.publish(newVersion(exampleContent, 2))).toBe(2);
        expect(await registry.listVersions(MODEL)).toEqual([2, 7, 8, 12]);
      });

      it('tells a version its number, and shows nothing of it before it is whole', async () => {
        const version = newVersion();
        const asked: number[] = [];
        await registry.publish({
          ...version,
          at: async (number) => {
            asked.push(number);
            expect(await store.openAnother().listVersions(MODEL)).toEqual([]);
            return version.at(number);
          },
        });
        expect(asked).toEqual([1]);
        expect(await registry.listVersions(MODEL)).toEqual([1]);
      });

      it.each<[string, NewVersion, RegExp]>([
        [
          'the manifest is not valid',
          {
            name: MODEL,
            at: async () => {
              const { manifest, files } = await newVersion().at(1);
              return { manifest: { ...manifest, golden: [] }, files };
            },
          },
          /golden/,
        ],
        [
          'a file is missing',
          newVersion({ 'a.bin': exampleContent, 'b.bin': { file: '/nowhere/b.bin' } }),
          /nowhere/,
        ],
        [
          'a file has the name of the manifest',
          newVersion({ 'manifest.json': exampleContent }),
          /named manifest\.json/,
        ],
        ['a file would lie elsewhere', newVersion({ '../1': exampleContent }), /path/],
        ['the name is none', { ...newVersion(), name: '../face-age' }, /cannot be the name/],
        [
          'it cannot be described',
          { name: MODEL, at: () => Promise.reject(new RegistryError('no report')) },
          /no report/,
        ],
      ])('leaves nothing where %s', async (_fault, version, reason) => {
        await expectError(registry.publish(version), reason);
        expect(await store.list()).toEqual([]);
        expect(await registry.publish(newVersion())).toBe(1);
      });

      it('gives those who publish at once numbers of their own, each with its own files', async () => {
        const contents = ['a', 'b', 'c', 'd'].map((letter) => Buffer.alloc(1000, letter));
        const numbers = await Promise.all(
          contents.map((content) => store.openAnother().publish(newVersion(content))),
        );
        expect(numbers.toSorted()).toEqual([1, 2, 3, 4]);
        for (const [index, number] of numbers.entries()) {
          const artifact = await registry.fetchArtifact(MODEL, number);
          await verifyArtifact(artifact);
          const written = await readFile(join(artifact.directory, 'model.onnx'));
          expect(written).toEqual(contents[index]);
        }
      });
    });

    describe('an alias', () => {
      it('is made, moved, and read by others', async () => {
        const another = store.openAnother();
        await registry.changeAlias(MODEL, 'production', moveTo(1));
        expect(await another.readAlias(MODEL, 'production')).toMatchObject({ previous: null });
        const moved = await registry.changeAlias(MODEL, 'production', moveTo(2));
        expect(await another.readAlias(MODEL, 'production')).toEqual(moved);
        expect(moved).toMatchObject({ version: 2, previous: 1 });
        expect(await store.list()).toEqual(['aliases/production.json']);
      });

      it('takes every change once, however many come at the same time', async () => {
        const changers = ['a', 'b', 'c', 'd', 'e'];
        const change = async (by: string, index: number) => {
          const own = store.openAnother();
          await own.changeAlias(MODEL, 'production', moveTo(2 * index + 1, by));
          await own.changeAlias(MODEL, 'production', moveTo(2 * index + 2, by));
        };
        await Promise.all(changers.map(change));
        const pointer = (await registry.readAlias(MODEL, 'production'))!;
        const versions = pointer.history.map(({ version }) => version);
        expect(versions.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        expect(versions.at(-1)).toBe(pointer.version);
        expect(versions.at(-2)).toBe(pointer.previous);
      });

      it('stays as it is where the change throws or is not valid', async () => {
        await registry.changeAlias(MODEL, 'production', moveTo(1));
        const refusal = new Error('version 2 is worse');
        const refuse = () => {
          throw refusal;
        };
        await expect(registry.changeAlias(MODEL, 'production', refuse)).rejects.toBe(refusal);
        await expectError(
          registry.changeAlias(MODEL, 'production', moveTo(0)),
          /production\.json cannot be used/,
        );
        expect(await registry.readAlias(MODEL, 'production')).toMatchObject({ version: 1 });
        await expect(registry.changeAlias(MODEL, 'other', refuse)).rejects.toBe(refusal);
        expect(await store.list()).toEqual(['aliases/production.json']);
      });
    });

    describe('a removed version', () => {
      it('is gone, and its number is not given again', async () => {
        await registry.publish(newVersion());
        await registry.publish(newVersion());
        await registry.fetchArtifact(MODEL, 2);
        await registry.removeVersion(MODEL, 2);
        expect(await registry.listVersions(MODEL)).toEqual([1]);
        await expectError(registry.fetchArtifact(MODEL, 2), /2\/manifest\.json does not exist/);
        expect((await store.list()).filter((path) => path.startsWith('2/'))).toEqual([
          '2/removed.json',
        ]);
        expect(await registry.publish(newVersion(exampleContent, 2))).toBe(3);
      });

      it('must have been there', async () => {
        await expectError(registry.removeVersion(MODEL, 5), /has no version 5 of face-age/);
        expect(await store.list()).toEqual([]);
      });
    });
  });
}
