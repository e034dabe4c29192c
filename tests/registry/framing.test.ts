import { describe, expect, it } from 'vitest';
import { detectorOf, framingOf, sameFraming, utkFraming } from '../../src/registry/framing.ts';
import { readLocalDetector, shippedDetector } from '../../src/registry/detector/local-detector.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { exampleDetector } from '../support/models/example-detector.ts';
import { exampleManifest } from '../support/models/example-manifest.ts';

const asSent = { kind: 'as-sent' } as const;

describe('framingOf', () => {
  it('gives the shipped version 4 the frame of UTKFace', async () => {
    const manifest = await new FileRegistry('models').readManifest('face-age', 4);
    expect(framingOf(manifest)).toEqual(utkFraming);
    expect(detectorOf(manifest)).toEqual(utkFraming.detector);
  });

  it('gives version 2, which shipped before and is recognized by its graph, the frame of UTKFace', () => {
    const sha256 = 'b0204f384741971199317645491b5e2dd5a899cea002689aad648b6a5de2f7f2';
    expect(framingOf({ files: [{ path: 'model.onnx', sha256 }] })).toEqual(utkFraming);
    expect(framingOf({ files: [{ path: 'model.onnx', sha256: 'b'.repeat(64) }] })).toEqual(asSent);
  });

  it('is that of the manifest, or as sent', () => {
    expect(framingOf(exampleManifest())).toEqual(asSent);
    expect(detectorOf(exampleManifest())).toBeUndefined();
    const { framing, reference } = exampleDetector(3);
    expect(framingOf(exampleManifest({ framing }))).toEqual(framing);
    expect(detectorOf(exampleManifest({ framing }))).toEqual(reference);
  });

  it('names the detector that ships with the package', async () => {
    const { manifest } = await readLocalDetector(shippedDetector(1));
    const { name, version, sha256 } = utkFraming.detector;
    expect({ name, version }).toEqual({ name: manifest.name, version: manifest.version });
    expect(sha256).toBe(manifest.files[0]!.sha256);
  });
});

describe('sameFraming', () => {
  it('compares what decides about the pixels of a face', () => {
    expect(sameFraming(asSent, { kind: 'as-sent' })).toBe(true);
    expect(sameFraming(utkFraming, structuredClone(utkFraming))).toBe(true);
    expect(sameFraming(utkFraming, asSent)).toBe(false);
    expect(sameFraming(utkFraming, exampleDetector().framing)).toBe(false);
    const points = { ...utkFraming.points, mouth: { x: 0.5, y: 0.7 } };
    expect(sameFraming(utkFraming, { ...utkFraming, points })).toBe(false);
  });
});
