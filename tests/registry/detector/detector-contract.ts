import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { shippedDetector } from '../../../src/registry/detector/local-detector.ts';
import { FileRegistry } from '../../../src/registry/file-registry.ts';
import { utkFraming, type Framing } from '../../../src/registry/framing.ts';
import {
  RegistryError,
  type LocalDetector,
  type NewVersion,
  type RegistryWriter,
} from '../../../src/registry/registry.ts';
import {
  exampleDetector,
  shippedReference,
  type ExampleDetector,
} from '../../support/models/example-detector.ts';
import { moveTo, newVersion } from '../../support/models/new-version.ts';
import { MODEL, expectError, type TestStore } from '../test-store.ts';

function versionNaming(framing: Framing | undefined): NewVersion {
  const version = newVersion();
  return {
    ...version,
    at: async (number) => {
      const { manifest, ...rest } = await version.at(number);
      return { manifest: { ...manifest, ...(framing && { framing }) }, ...rest };
    },
  };
}

function versionWith(
  { framing }: ExampleDetector,
  detectorFrom: NewVersion['detectorFrom'],
): NewVersion {
  return { ...versionNaming(framing), detectorFrom };
}

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

/** The detector in a folder of its own, as another registry holds it. */
async function sourceOf({ files, manifest }: ExampleDetector): Promise<LocalDetector> {
  const directory = await mkdtemp(path.join(tmpdir(), 'face-age-detector-'));
  folders.push(directory);
  for (const [key, content] of files)
    await writeFile(path.join(directory, path.basename(key)), content);
  return { directory, manifest };
}

/** The contract of every registry for the detectors that versions name. */
export function describeDetectors(storeOfTest: () => TestStore): void {
  let store: TestStore;
  let registry: RegistryWriter;
  beforeEach(() => {
    store = storeOfTest();
    registry = store.registry;
  });
  const putAll = async (files: Iterable<[string, Buffer]>): Promise<void> => {
    for (const [key, content] of files) await store.put(key, content);
  };

  const storedDetectors = async (): Promise<string[]> =>
    (await store.list())
      .map((key) => /face-detector.*$/.exec(key)?.[0] ?? '')
      .filter((key) => key !== '');

  describe('the detector of a version', () => {
    it('comes from the registry', async () => {
      const detector = exampleDetector();
      await putAll(detector.files);
      const { directory, manifest } = await registry.fetchDetector(detector.reference);
      expect(manifest).toEqual(detector.manifest);
      expect(await readFile(path.join(directory, 'model.onnx'))).toEqual(detector.graph);
    });

    it('comes from the package if the registry has none', async () => {
      const { directory, manifest } = await registry.fetchDetector(shippedReference);
      expect(directory).toBe(shippedDetector(1));
      expect(manifest.files[0]!.sha256).toBe(shippedReference.sha256);
    });

    it('comes from the package if that of the registry has another checksum', async () => {
      await putAll(exampleDetector().files);
      const { directory } = await registry.fetchDetector(shippedReference);
      expect(directory).toBe(shippedDetector(1));
    });

    it('is never one with another checksum', async () => {
      const wanted = exampleDetector(1, 'a detector that nobody has');
      const stored = exampleDetector();
      await putAll(stored.files);
      const sums = [stored.reference.sha256, wanted.reference.sha256, shippedReference.sha256];
      for (const sum of sums)
        await expectError(registry.fetchDetector(wanted.reference), new RegExp(sum));
    });

    it.each<[string, RegExp, (files: Map<string, Buffer>) => unknown]>([
      [
        'has a changed network',
        /model\.onnx has SHA-256|has a network/,
        (files) => files.set('face-detector/2/model.onnx', Buffer.from('not really a Detector')),
      ],
      [
        'has no network',
        /model\.onnx.* does not exist|cannot read/,
        (files) => files.delete('face-detector/2/model.onnx'),
      ],
      [
        'has no manifest',
        /manifest\.json does not exist|holds no face detector/,
        (files) => files.delete('face-detector/2/manifest.json'),
      ],
      [
        'has a manifest that is not valid',
        /manifest\.json cannot be used/,
        (files) => files.set('face-detector/2/manifest.json', Buffer.from('{}')),
      ],
      [
        'is a larger file than a detector may be',
        /Too big/,
        (files) => {
          const { manifest } = exampleDetector(2);
          manifest.files[0]!.bytes = 1e10;
          files.set('face-detector/2/manifest.json', Buffer.from(JSON.stringify(manifest)));
        },
      ],
    ])('is refused if it %s', async (_fault, reason, damage) => {
      const { files, reference } = exampleDetector(2);
      const damaged = new Map(files);
      damage(damaged);
      await putAll(damaged);
      await expectError(registry.fetchDetector(reference), reason);
      await putAll(files);
      expect((await registry.fetchDetector(reference)).manifest.version).toBe(2);
    });

    it('is stored with the first version that names it, before its manifest', async () => {
      const detector = exampleDetector(2);
      const from = { fetchDetector: () => sourceOf(detector) };
      expect(await registry.publish(versionWith(detector, from))).toBe(1);
      const { directory } = await store.openAnother().fetchDetector(detector.reference);
      expect(await readFile(path.join(directory, 'model.onnx'))).toEqual(detector.graph);
      const without = () => Promise.reject(new RegistryError('nothing is needed'));
      expect(await registry.publish(versionWith(detector, { fetchDetector: without }))).toBe(2);
      expect(await registry.listVersions(MODEL)).toEqual([1, 2]);
    });

    it('is taken from the package unless another source is given', async () => {
      await registry.publish(versionNaming(utkFraming));
      expect(await storedDetectors()).toEqual([
        'face-detector/1/manifest.json',
        'face-detector/1/model.onnx',
      ]);
    });

    it('is not stored for a version that names none', async () => {
      await registry.publish(versionNaming({ kind: 'as-sent' }));
      await registry.publish(versionNaming(undefined));
      expect(await storedDetectors()).toEqual([]);
    });

    it('is stored by one of several publishers at the same time', async () => {
      const numbers = await Promise.all(
        [1, 2, 3].map(() => store.openAnother().publish(versionNaming(utkFraming))),
      );
      expect(numbers.toSorted()).toEqual([1, 2, 3]);
      await registry.fetchDetector(shippedReference);
    });

    it.each(['with its manifest', 'without a manifest'])(
      'never replaces another one that is there %s',
      async (state) => {
        const other = exampleDetector(1);
        await putAll(state === 'with its manifest' ? other.files : other.files.slice(0, 1));
        const conflict = new RegExp(
          `face-detector/1 has .*${other.reference.sha256}.*${shippedReference.sha256}.*never overwritten`,
        );
        await expectError(registry.publish(versionNaming(utkFraming)), conflict);
        expect(await registry.listVersions(MODEL)).toEqual([]);
        await putAll(other.files);
        await expect(registry.fetchDetector(other.reference)).resolves.toBeDefined();
      },
    );

    it('is completed if a publisher was killed before it had written the manifest', async () => {
      const { files } = exampleDetector(1);
      const graph = await readFile(path.join(shippedDetector(1), 'model.onnx'));
      await store.put(files[0]![0], graph);
      await registry.publish(versionNaming(utkFraming));
      expect(await storedDetectors()).toHaveLength(2);
    });

    it('is required: without it nothing is published', async () => {
      const detector = exampleDetector(2);
      await expectError(registry.publish(versionNaming(detector.framing)), /face-detector/);
      expect(await store.list()).toEqual([]);
    });

    it('is listed with the versions that name it', async () => {
      await putAll(exampleDetector(2).files);
      await registry.publish(versionNaming(utkFraming));
      const [first, second] = await registry.listDetectors();
      expect(first).toMatchObject({ version: 1, namedBy: [`${MODEL} 1`] });
      expect(second).toMatchObject({ version: 2, namedBy: [] });
      expect(Math.abs(Date.now() - first!.modifiedAt.getTime())).toBeLessThan(60_000);
    });

    it('is removed only if no version names it', async () => {
      await putAll(exampleDetector(2).files);
      await registry.publish(versionNaming(utkFraming));
      expect(await registry.removeDetector(1)).toBe(false);
      expect(await registry.removeDetector(2)).toBe(true);
      expect((await registry.listDetectors()).map(({ version }) => version)).toEqual([1]);
      await registry.removeVersion(MODEL, 1);
      expect((await registry.listDetectors()).map(({ version }) => version)).toEqual([1]);
      expect(await registry.removeDetector(1)).toBe(true);
      expect(await storedDetectors()).toEqual([]);
    });

    it('is named by the shipped versions, whose manifests are older than framing', async () => {
      const shipped = new FileRegistry('models');
      const { manifest } = await shipped.fetchArtifact('face-age', 4);
      await store.write('4/manifest.json', JSON.stringify(manifest));
      await putAll(exampleDetector(1).files);
      expect(await registry.listDetectors()).toMatchObject([{ namedBy: [`${MODEL} 4`] }]);
    });

    it('is no model', async () => {
      await registry.publish(versionNaming(utkFraming));
      const model = 'face-detector';
      const reason = /"face-detector" cannot be the name of a model/;
      await expectError(registry.listVersions(model), reason);
      await expectError(registry.readManifest(model, 1), reason);
      await expectError(registry.fetchArtifact(model, 1), reason);
      await expectError(registry.removeVersion(model, 1), reason);
      await expectError(registry.changeAlias(model, 'production', moveTo(1)), reason);
      await expectError(registry.publish({ ...newVersion(), name: model }), reason);
    });

    it('is not fetched if the caller has given up', async () => {
      const reason = new Error('overtaken');
      await expect(
        registry.fetchDetector(shippedReference, AbortSignal.abort(reason)),
      ).rejects.toBe(reason);
    });
  });
}
