import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkIngredients, type RunMaterials } from '../../../src/learning/training/ingredients.ts';
import { exampleManifest } from '../../support/models/example-manifest.ts';
import { createModelFolder, type ModelFolder } from '../../support/models/model-folder.ts';

let folder: ModelFolder;
beforeEach(async () => {
  folder = await createModelFolder();
});
afterEach(() => folder.remove());

const open = 'CC BY 4.0 (FairFace)';
const research = 'Non-commercial research only';
const faces = { data: 'photos/faces', weight: 1, license: open };

/** A run whose recipe accepts CC BY 4.0 and the public domain. */
function run(changes: Partial<RunMaterials> = {}): ReturnType<typeof checkIngredients> {
  return checkIngredients({
    recipe: { acceptedLicenses: ['CC BY 4.0', 'public domain'], distillation: null },
    photos: { sources: [faces] },
    parent: null,
    registry: { location: folder.root, name: 'face-age', alias: 'production' },
    ...changes,
  });
}

describe('what a run is made from', () => {
  it('is listed with its licenses, for the manifest', async () => {
    await folder.writeVersion(3, { license: open });
    const derivedFrom = await run({
      recipe: {
        acceptedLicenses: null,
        distillation: { teachers: [`${folder.root}/face-age/3`], weight: 0.5 },
      },
      photos: {
        sources: [faces],
        negatives: 'photos/things',
        feedback: 's3://bucket/feedback',
        feedbackLicense: 'Commercial use allowed',
      },
      parent: exampleManifest({ version: 7, license: research }),
    });
    expect(derivedFrom).toEqual([
      { role: 'parent', name: 'face-age', version: 7, license: research },
      { role: 'teacher', name: 'face-age', version: 3, license: open },
      { role: 'negatives', name: 'things', license: 'unknown' },
      { role: 'feedback', name: 'feedback', license: 'Commercial use allowed' },
    ]);
  });

  it('is empty for labeled photos alone', async () => expect(await run()).toEqual([]));
});

describe('a recipe that names the licenses that it accepts', () => {
  it.each<[string, Partial<RunMaterials>, RegExp]>([
    [
      'a data set of another license',
      { photos: { sources: [faces, { ...faces, data: 'utk', license: research }] } },
      /accepts only the licenses CC BY 4\.0, public domain; that of the data set utk is Non-commercial/,
    ],
    [
      'a data set of unknown license',
      { photos: { sources: [{ ...faces, license: undefined }] } },
      /photos\/faces is unknown\. Leave it out, or state its license \(--data-license/,
    ],
    [
      'pictures without faces of unknown license',
      { photos: { sources: [faces], negatives: 'things' } },
      /the pictures without faces things is unknown/,
    ],
    [
      'feedback of unknown license',
      { photos: { sources: [faces], feedback: 'store' } },
      /the feedback store is unknown/,
    ],
    [
      'weights of another license to start from',
      { parent: exampleManifest({ version: 7, license: research }) },
      /the weights of the parent face-age 7 is Non-commercial/,
    ],
    [
      'a parent that was itself made from something else',
      {
        parent: exampleManifest({
          license: open,
          sources: [{ name: 'utk', license: research, photos: 3, weight: 1 }],
        }),
      },
      /the data set utk of the parent face-age 1 is Non-commercial/,
    ],
  ])('refuses %s', async (_what, changes, reason) => {
    await expect(run(changes)).rejects.toThrow(reason);
  });

  it('refuses a teacher of another license', async () => {
    await folder.writeVersion(4, { license: research });
    const recipe = {
      acceptedLicenses: ['CC BY 4.0'],
      distillation: { teachers: ['4'], weight: 0.5 },
    };
    await expect(run({ recipe })).rejects.toThrow(/the weights of the teacher face-age 4 is Non-/);
  });

  it('accepts what it names', async () => {
    await folder.writeVersion(4, { license: 'Public domain' });
    const recipe = {
      acceptedLicenses: ['cc-by-4.0', 'Public Domain'],
      distillation: { teachers: ['4'], weight: 0.5 },
    };
    expect(await run({ recipe })).toHaveLength(1);
  });
});
