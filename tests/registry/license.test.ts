import { describe, expect, it } from 'vitest';
import {
  acceptedLicensesOf,
  allowsCommercialUse,
  commercialObstacle,
  licenseId,
  licensesOf,
  unacceptedPart,
} from '../../src/registry/license.ts';
import { exampleManifest } from '../support/models/example-manifest.ts';

const open = 'CC BY 4.0 (attribution: somebody)';
const research = 'Non-commercial research only, as the photos are';

describe('the id of a license', () => {
  it.each([
    ['CC BY 4.0', 'cc-by-4.0'],
    ['CC-BY-4.0 (FairFace, Kärkkäinen and Joo)', 'cc-by-4.0'],
    ['Public domain; see the card', 'public-domain'],
    ['Apache-2.0, the weights alone', 'apache-2.0'],
    [' commercial use allowed: photos of our own', 'commercial-use-allowed'],
    ['', ''],
  ])('of %j is %j', (license, id) => expect(licenseId(license)).toBe(id));
});

describe('commercial use', () => {
  it.each([open, 'CC0-1.0', 'MIT', 'public domain', 'Commercial use allowed (our own photos)'])(
    'is allowed by %s',
    (license) => expect(allowsCommercialUse(license)).toBe(true),
  );

  it.each([
    research,
    'CC BY-NC 4.0',
    'CC BY NC 4.0',
    'unknown',
    'for tests only',
    'Not public domain',
    'constructor',
    'no commercial use allowed',
  ])('is not known to be allowed by %s', (license) =>
    expect(allowsCommercialUse(license)).toBe(false),
  );

  it('needs the licenses of the weights and of everything that they were made from', () => {
    const source = { name: 'faces', license: open, photos: 5, weight: 1 };
    const teacher = { role: 'teacher' as const, name: 'face-age', version: 4, license: research };
    const manifest = exampleManifest({ license: open, sources: [source] });
    expect(commercialObstacle(licensesOf(manifest))).toBeUndefined();
    expect(commercialObstacle(licensesOf({ ...manifest, license: research }))).toMatch(
      /of the weights is not known to allow it: Non-commercial/,
    );
    expect(
      commercialObstacle(licensesOf({ ...manifest, sources: [{ ...source, license: 'unknown' }] })),
    ).toMatch(/the data set faces is not known to allow it: unknown/);
    expect(commercialObstacle(licensesOf({ ...manifest, derivedFrom: [teacher] }))).toMatch(
      /the teacher face-age 4 is not/,
    );
  });
});

describe('the licenses that a recipe accepts', () => {
  const parts = [
    { part: 'the data set faces', license: open },
    { part: 'the parent face-age 4', license: research },
  ];

  it('refuse the first other one', () => {
    expect(unacceptedPart(['cc by 4.0'], parts)).toBe(parts[1]);
    expect(unacceptedPart(['CC-BY-4.0', research], parts)).toBeUndefined();
    expect(unacceptedPart(null, parts)).toBeUndefined();
  });

  it('are read from the recipe of a version', () => {
    const recipe = { acceptedLicenses: ['CC BY 4.0'] };
    const training = { seed: 1, recipe, durationSeconds: 1 };
    expect(acceptedLicensesOf({ training })).toEqual(['CC BY 4.0']);
    expect(acceptedLicensesOf({ training: { ...training, recipe: {} } })).toBeNull();
    expect(acceptedLicensesOf({ training: null })).toBeNull();
  });
});
