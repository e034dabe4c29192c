import { centralInterval } from '../../../src/inference/head/interval.ts';
import { createHash } from 'node:crypto';
import { decadeBuckets } from '../../../src/inference/head/buckets.ts';
import { defaultPreprocessSpec } from '../../../src/inference/preprocess/spec.ts';
import type { Manifest, ManifestFile } from '../../../src/registry/manifest.ts';
import { fakeOutput } from '../fakes/fake-engine.ts';

export const SIDE = 16;
export const AGES = 101;

/** The entry of a file in a manifest. */
export function fileEntry(path: string, content: Uint8Array): ManifestFile {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { path, bytes: content.length, sha256 };
}

export const exampleContent = Buffer.from('not really a network');

/** The manifest of a version that FakeEngine can run, with one file containing `exampleContent`. */
export function exampleManifest(overrides: Partial<Manifest> = {}): Manifest {
  const pixels = new Uint8Array(SIDE * SIDE).fill(51);
  return {
    schemaVersion: 4,
    name: 'face-age',
    version: 1,
    createdAt: '2024-01-01T00:00:00Z',
    parent: null,
    gitCommit: null,
    architecture: 'example',
    engines: ['onnxruntime', 'tensorflow'],
    preprocess: { ...defaultPreprocessSpec, width: SIDE, height: SIDE },
    head: {
      kind: 'age-distribution',
      minAge: 0,
      maxAge: AGES - 1,
      temperature: 1,
      interval: centralInterval,
    },
    buckets: [...decadeBuckets],
    files: [fileEntry('model.onnx', exampleContent)],
    golden: [
      {
        pixels: Buffer.from(pixels).toString('base64'),
        output: [...fakeOutput(pixels, AGES)],
        tolerance: { onnxruntime: 1e-4 },
      },
    ],
    dataset: null,
    metrics: { mae: 5 },
    reference: {},
    training: null,
    license: 'for tests only',
    ...overrides,
  };
}
