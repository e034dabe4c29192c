import path from 'node:path';
import {
  acceptedLicensesOf,
  ingredientLicensesOf,
  unacceptedPart,
} from '../../../registry/license.ts';
import type { Ingredient, Manifest } from '../../../registry/manifest.ts';
import { exactAge } from '../../dataset/age-range.ts';
import type { Dataset } from '../../dataset/dataset.ts';
import { createPhotoSet } from '../batches/photo-set.ts';
import { UNKNOWN_LICENSE } from '../ingredients.ts';
import type { CorrectionPhotos } from './evaluate-network.ts';
import { RefreshError } from './refresh-error.ts';

/** Photos that the age scale is corrected on. */
export interface AgeCorrectionData {
  /** Preprocessed like the dataset. */
  dataset: Dataset;
  /** What its photos may be used for; undefined if that is not known. */
  license?: string | undefined;
  /** How much of the fitted correction is applied, from 0 to 1. */
  strength: number;
}

/** The version that is refreshed, and the photos that calibrate it. */
interface RefreshedWith {
  source: { manifest: Manifest };
  dataset: Dataset;
  newData: boolean;
  dataLicense?: string | undefined;
  correction?: AgeCorrectionData | undefined;
}

/** Fewer would be fitted rather than measured. */
const LEAST_CORRECTION_PHOTOS = 60;

/**
 * What the version was made from, and the photos that calibrate it and correct its ages where they are others.
 * @throws RefreshError if its recipe does not accept their licenses
 */
export function derivedFromOf({
  source: { manifest },
  dataset,
  newData,
  dataLicense,
  correction,
}: RefreshedWith): Manifest['derivedFrom'] {
  const known = [manifest.dataset, manifest.calibratedOn].map((each) => each?.fingerprint);
  const isOther = newData && !known.includes(dataset.fingerprint);
  const added = [
    ...(isOther ? [ingredientOf('calibration', dataset, dataLicense)] : []),
    ...(correction ? [ingredientOf('correction', correction.dataset, correction.license)] : []),
  ];
  requireAccepted(manifest, added);
  const replaced = new Set(added.map(({ role }) => role));
  const kept = manifest.derivedFrom?.filter(({ role }) => !replaced.has(role)) ?? [];
  return kept.length + added.length === 0 ? undefined : [...kept, ...added];
}

function ingredientOf(
  role: Ingredient['role'],
  { location }: Dataset,
  license = UNKNOWN_LICENSE,
): Ingredient {
  return { role, name: path.basename(location), license };
}

function requireAccepted(manifest: Manifest, added: readonly Ingredient[]): void {
  const accepted = acceptedLicensesOf(manifest);
  const other = unacceptedPart(accepted, ingredientLicensesOf({ derivedFrom: [...added] }));
  if (other === undefined) return;
  throw new RefreshError(
    `the recipe of ${manifest.name} ${manifest.version} accepts only the licenses ${accepted!.join(', ')}; ` +
      `that of ${other.part} is ${other.license}: state it with --data-license or --correct-ages-license`,
  );
}

/**
 * The photos with exact ages, in the order of their contents.
 * @throws RefreshError if they are too few for three points and ten-fold cross-validation
 */
export function correctionPhotosOf({ dataset, strength }: AgeCorrectionData): CorrectionPhotos {
  const exact = dataset.photos
    .filter(({ age }) => exactAge(age) !== undefined)
    .toSorted((one, other) => (dataset.hashOf(one) < dataset.hashOf(other) ? -1 : 1));
  if (exact.length >= LEAST_CORRECTION_PHOTOS)
    return { photos: createPhotoSet(dataset, exact), strength };
  throw new RefreshError(
    `${dataset.location} has ${exact.length} photos with exact ages and a face; correcting ages needs ${LEAST_CORRECTION_PHOTOS}`,
  );
}
