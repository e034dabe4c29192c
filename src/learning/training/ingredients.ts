import path from 'node:path';
import {
  ingredientLicensesOf,
  licensesOf,
  unacceptedPart,
  type LicensedPart,
} from '../../registry/license.ts';
import type { Ingredient, Manifest } from '../../registry/manifest.ts';
import { findModel, type ReferenceDefaults } from '../../registry/model-reference.ts';
import type { PhotosOptions } from './batches/open-photos.ts';
import { RecipeError, type Recipe } from './recipe.ts';

/** The license of data where none was given. */
export const UNKNOWN_LICENSE = 'unknown';

/** What a run is made from. */
export interface RunMaterials {
  recipe: Pick<Recipe, 'acceptedLicenses' | 'distillation'>;
  photos: Pick<
    PhotosOptions,
    'sources' | 'negatives' | 'negativesLicense' | 'feedback' | 'feedbackLicense'
  >;
  /** The version that the weights come from; null for random weights. */
  parent: Manifest | null;
  /** Where the teachers are looked up. */
  registry: ReferenceDefaults;
}

/**
 * Lists everything besides labeled photos that shapes the weights of a run, for the manifest.
 * @throws RecipeError where the recipe names the licenses that it accepts, and anything has another one; RegistryError
 *   where a teacher does not exist
 */
export async function checkIngredients(materials: RunMaterials): Promise<Ingredient[]> {
  const { recipe, photos, parent } = materials;
  const teachers = await teachersOf(materials);
  const versions = [
    ...(parent === null ? [] : [{ role: 'parent' as const, manifest: parent }]),
    ...teachers.map((manifest) => ({ role: 'teacher' as const, manifest })),
  ];
  const data = dataOf(photos);
  requireAccepted(recipe.acceptedLicenses, [
    ...photos.sources.map(({ data: location, license = UNKNOWN_LICENSE }) => ({
      part: `the data set ${location}`,
      license,
    })),
    ...ingredientLicensesOf({ derivedFrom: data }),
    ...versions.flatMap(({ role, manifest }) => partsOfVersion(role, manifest)),
  ]);
  return [
    ...versions.map(({ role, manifest }) => ({
      role,
      name: manifest.name,
      version: manifest.version,
      license: manifest.license,
    })),
    ...data,
  ];
}

async function teachersOf({ recipe, registry }: RunMaterials): Promise<Manifest[]> {
  const references = recipe.distillation?.teachers ?? [];
  return Promise.all(
    references.map(async (reference) => {
      const { registry: store, name, version } = await findModel(reference, registry);
      return store.readManifest(name, version);
    }),
  );
}

function dataOf({
  negatives,
  negativesLicense = UNKNOWN_LICENSE,
  feedback,
  feedbackLicense = UNKNOWN_LICENSE,
}: RunMaterials['photos']): Ingredient[] {
  return [
    ...(negatives === undefined
      ? []
      : [{ role: 'negatives' as const, name: nameOf(negatives), license: negativesLicense }]),
    ...(feedback === undefined
      ? []
      : [{ role: 'feedback' as const, name: nameOf(feedback), license: feedbackLicense }]),
  ];
}

function nameOf(location: string): string {
  return path.basename(location) || location;
}

/** The licenses of a version and of everything that it was made from. */
function partsOfVersion(role: Ingredient['role'], manifest: Manifest): LicensedPart[] {
  const { name, version } = manifest;
  return licensesOf(manifest).map(({ part, license }) => ({
    part: `${part} of the ${role} ${name} ${version}`,
    license,
  }));
}

function requireAccepted(accepted: readonly string[] | null, parts: readonly LicensedPart[]): void {
  const other = unacceptedPart(accepted, parts);
  if (other === undefined) return;
  throw new RecipeError(
    `the recipe accepts only the licenses ${accepted!.join(', ')}; that of ${other.part} is ${other.license}. ` +
      'Leave it out, or state its license (--data-license, --negatives-license, --feedback-license)',
  );
}
