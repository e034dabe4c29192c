import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOnnxEngine } from '../../../src/inference/engine/onnx-engine.ts';
import type { DetectorManifest } from '../../../src/registry/detector/detector-manifest.ts';
import {
  readLocalDetector,
  shippedDetector,
} from '../../../src/registry/detector/local-detector.ts';
import { loadDetector } from '../../../src/registry/loading/local-detector.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'face-age-detector-'));
  await cp(shippedDetector(1), folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function change(by: (manifest: DetectorManifest) => void): Promise<void> {
  const file = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as DetectorManifest;
  by(manifest);
  await writeFile(file, JSON.stringify(manifest));
}

describe('readLocalDetector', () => {
  it('reads the detector that ships', async () => {
    const { manifest } = await readLocalDetector(folder);
    expect(manifest.license).toBe('Apache-2.0');
    expect(manifest.source.package).toContain('@mediapipe/face_detection@');
  });

  it('refuses a graph that is not the one in the manifest', async () => {
    await writeFile(path.join(folder, 'model.onnx'), 'another graph');
    await expect(readLocalDetector(folder)).rejects.toThrow('model.onnx has 13 bytes');
  });

  it('refuses a manifest with unbounded values', async () => {
    await change((manifest) => (manifest.tolerance.score = 1e9));
    await expect(readLocalDetector(folder)).rejects.toThrow('tolerance');
  });

  it('says where there is no detector', async () => {
    await rm(path.join(folder, 'manifest.json'));
    await expect(readLocalDetector(folder)).rejects.toThrow('holds no face detector');
  });
});

describe('loadDetector', () => {
  const engine = createOnnxEngine({ threads: 1 });

  it('loads a detector that sees what it saw before', async () => {
    const model = await loadDetector(engine, await readLocalDetector(folder));
    await model.dispose();
  });

  it.each([
    ['the score', (m: DetectorManifest) => (m.golden[0]!.detections[0]!.score -= 0.02), 'score'],
    [
      'a landmark',
      (m: DetectorManifest) => (m.golden[1]!.detections[0]!.landmarks.nose.x += 1),
      'pixels',
    ],
    [
      'the face itself',
      (m: DetectorManifest) => (m.golden[0]!.pixels = Buffer.alloc(128 * 128).toString('base64')),
      'no face',
    ],
  ])('refuses one that differs in %s', async (_what, by, message) => {
    await change(by);
    const detector = await readLocalDetector(folder);
    await expect(loadDetector(engine, detector)).rejects.toThrow(message);
  });
});
