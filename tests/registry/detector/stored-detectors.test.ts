import { beforeEach, describe, expect, it } from 'vitest';
import { StoredDetectors } from '../../../src/registry/detector/stored-detectors.ts';
import { RegistryStore } from '../../../src/registry/registry-store.ts';
import { exampleDetector, shippedReference } from '../../support/models/example-detector.ts';
import { exampleManifest } from '../../support/models/example-manifest.ts';
import {
  writableMemoryStore,
  type WritableMemoryStore,
} from '../../support/fakes/writable-memory-store.ts';

const detector = exampleDetector(2);
let store: WritableMemoryStore;
let detectors: StoredDetectors;
beforeEach(() => {
  store = writableMemoryStore();
  for (const [key, content] of detector.files) store.objects.set(key, Buffer.from(content));
  detectors = new StoredDetectors(new RegistryStore('/memory', () => Promise.resolve(store)));
});

describe('removing a detector', () => {
  it('stores it again if a version that names it was published during the removal', async () => {
    const answers = [false, true];
    expect(await detectors.remove(2, () => Promise.resolve(answers.shift()!))).toBe(false);
    expect((await detectors.read(detector.reference)).manifest).toEqual(detector.manifest);
    expect(store.objects.size).toBe(2);
  });

  it('stores it again if nobody knows whether a version names it', async () => {
    let asked = 0;
    const isNamed = () =>
      asked++ === 0 ? Promise.resolve(false) : Promise.reject(new Error('the store is away'));
    await expect(detectors.remove(2, isNamed)).rejects.toThrow('the store is away');
    expect(store.objects.size).toBe(2);
  });
});

describe('restoring a detector', () => {
  const framing = { ...detector.framing, detector: shippedReference };

  it('stores it if it was removed while the version was being published', async () => {
    await detectors.restore(exampleManifest({ framing }), undefined);
    expect((await detectors.read(shippedReference)).manifest.version).toBe(1);
  });

  it('does not fail, as the version is published by then', async () => {
    store.before = () => {
      throw new Error('the store is away');
    };
    await detectors.restore(exampleManifest({ framing }), undefined);
  });
});
