import { describe, expect, it } from 'vitest';
import { licenseRefusals } from '../../../src/learning/gate/accepted-licenses.ts';
import type { Manifest } from '../../../src/registry/manifest.ts';
import { exampleManifest } from '../../support/models/example-manifest.ts';

const accepting = (acceptedLicenses: string[] | null) => ({
  training: { seed: 1, recipe: { acceptedLicenses }, durationSeconds: 1 },
});
const source = (license: string) => ({ name: 'faces', license, photos: 9, weight: 1 });
const version = (number: number, about: Partial<Manifest> = {}) =>
  exampleManifest({ version: number, ...about });

describe('licenses in the gate', () => {
  it('are free where no recipe names any', () => {
    expect(licenseRefusals(version(2), version(1))).toEqual([]);
    expect(licenseRefusals(version(2, accepting(null)), undefined)).toEqual([]);
  });

  it('must be those that the recipe of the challenger accepts', () => {
    const about = accepting(['CC BY 4.0']);
    const open = version(2, { ...about, sources: [source('CC-BY-4.0 (somebody)')] });
    expect(licenseRefusals(open, undefined)).toEqual([]);
    const other = version(2, { ...about, sources: [source('Research only')] });
    expect(licenseRefusals(other, undefined)).toEqual([
      'the recipe of version 2 accepts only the licenses CC BY 4.0; that of the data set faces is Research only',
    ]);
  });

  it('must be those that the recipe of the champion accepts, which the challenger would replace', () => {
    const champion = version(1, accepting(['CC BY 4.0']));
    const challenger = version(2, {
      sources: [source('CC BY 4.0')],
      derivedFrom: [{ role: 'teacher', name: 'face-age', version: 4, license: 'Research only' }],
    });
    expect(licenseRefusals(challenger, champion)).toEqual([
      'the recipe of version 1 accepts only the licenses CC BY 4.0; that of the teacher face-age 4 is Research only',
    ]);
  });

  it('must be listed', () => {
    expect(licenseRefusals(version(2), version(1, accepting(['CC BY 4.0'])))).toEqual([
      'the recipe of version 1 accepts only the licenses CC BY 4.0, and version 2 does not list its data sets',
    ]);
  });
});
