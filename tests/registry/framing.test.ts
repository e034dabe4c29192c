import { describe, expect, it } from 'vitest';
import { detectorOf, framingOf, sameFraming, utkFraming } from '../../src/registry/framing.ts';
import { readLocalDetector, shippedDetector } from '../../src/registry/detector/local-detector.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { exampleDetector } from '../support/models/example-detector.ts';
import { exampleManifest } from '../support/models/example-manifest.ts';

const asSent = { kind: 'as-sent' } as const;

describe('framingOf', () => {
  it.each([2, 3, 4])('gives the shipped version %i the frame of UTKFace', async (version) => {
    const manifest = await new FileRegistry('models').readManifest('face-age', version);
    expect(framingOf(manifest)).toEqual(utkFraming);
    expect(detectorOf(manifest)).toEqual(utkFraming.detector);
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
