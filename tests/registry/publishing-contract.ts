import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { verifyArtifact } from '../../src/registry/loading/verify-artifact.ts';
import {
  RegistryError,
  type NewVersion,
  type RegistryWriter,
} from '../../src/registry/registry.ts';
import { exampleContent } from '../support/models/example-manifest.ts';
import { newVersion } from '../support/models/new-version.ts';
import { MODEL, expectError, type TestStore } from './test-store.ts';

/** The contract of every registry for publishing and pruning. */
export function describePublishing(storeOfTest: () => TestStore): void {
  let store: TestStore;
  let registry: RegistryWriter;
  beforeEach(() => {
    store = storeOfTest();
    registry = store.registry;
  });

  describe('publishing', () => {
    it('publishes files from memory and from disk, with size and checksum in the manifest', async () => {
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

    it('writes the roles of files that are not needed to serve', async () => {
      const version = newVersion({ 'model.onnx': exampleContent, 'report.html': exampleContent });
      const roles = new Map([['report.html', 'report' as const]]);
      const at = async (number: number) => ({ ...(await version.at(number)), roles });
      await registry.publish({ ...version, at });
      const { files } = await registry.readManifest(MODEL, 1);
      expect(files.map(({ path, role }) => [path, role])).toEqual([
        ['model.onnx', undefined],
        ['report.html', 'report'],
      ]);
      expect(await store.list()).toContain('1/report.html');
    });

    it('uses the preferred number if it is free, else the one after the highest', async () => {
      expect(await registry.publish(newVersion(exampleContent, 7))).toBe(7);
      expect(await registry.publish(newVersion(exampleContent, 7))).toBe(8);
      await store.write('11/model.onnx', 'of a publisher who was killed');
      expect(await registry.publish(newVersion())).toBe(12);
      expect(await registry.publish(newVersion(exampleContent, 2))).toBe(2);
      expect(await registry.listVersions(MODEL)).toEqual([2, 7, 8, 12]);
    });

    it('passes a version its number, and shows nothing of it before it is complete', async () => {
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
    ])('leaves nothing behind if %s', async (_fault, version, reason) => {
      await expectError(registry.publish(version), reason);
      expect(await store.list()).toEqual([]);
      expect(await registry.publish(newVersion())).toBe(1);
    });

    it('gives concurrent publishers different numbers, each with its own files', async () => {
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

  describe('a removed version', () => {
    it('no longer exists, and its number is not reused', async () => {
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

    it('must have existed', async () => {
      await expectError(registry.removeVersion(MODEL, 5), /has no version 5 of face-age/);
      expect(await store.list()).toEqual([]);
    });
  });
}
