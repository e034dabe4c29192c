import { describe, expect, it } from 'vitest';
import { framingOf, utkFraming } from '../../src/registry/framing.ts';
import { readLocalDetector, shippedDetector } from '../../src/registry/detector/local-detector.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { exampleManifest } from '../support/models/example-manifest.ts';

describe('framingOf', () => {
  it('is what the manifest says', () => {
    expect(framingOf(exampleManifest({ framing: { kind: 'as-sent' } }))).toEqual({
      kind: 'as-sent',
    });
    expect(framingOf(exampleManifest({ framing: utkFraming }))).toEqual(utkFraming);
  });

  it('is as sent for a version of a user that has none', () => {
    expect(framingOf(exampleManifest())).toEqual({ kind: 'as-sent' });
  });

  it.each([2, 3, 4])('is that of UTKFace for the shipped version %d', async (version) => {
    const manifest = await new FileRegistry('models').readManifest('face-age', version);
    expect(manifest.framing).toBeUndefined();
    expect(framingOf(manifest)).toEqual(utkFraming);
  });

  it('names the detector that ships with the package', async () => {
    const { manifest } = await readLocalDetector(shippedDetector(1));
    const { name, version, sha256 } = utkFraming.detector;
    expect({ name, version }).toEqual({ name: manifest.name, version: manifest.version });
    expect(sha256).toBe(manifest.files[0]!.sha256);
  });
});
