import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { shippedDetector } from '../../../src/registry/detector/local-detector.ts';
import type { RegistryWriter } from '../../../src/registry/registry.ts';
import { exampleDetector, shippedReference } from '../../support/models/example-detector.ts';
import { expectError, type TestStore } from '../test-store.ts';

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

    it('is not fetched if the caller has given up', async () => {
      const reason = new Error('overtaken');
      await expect(
        registry.fetchDetector(shippedReference, AbortSignal.abort(reason)),
      ).rejects.toBe(reason);
    });
  });
}
