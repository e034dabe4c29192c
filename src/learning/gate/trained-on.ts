import { TRAINING_PHOTOS_FILE, type TrainingPhotoList } from '../dataset/training-photo-list.ts';
import { ownValue } from '../../common/own-value.ts';
import type { Manifest } from '../../registry/manifest.ts';

/** A photo of the set, as compared with a version's training photos. */
export interface SetPhoto {
  key: string;
  split: string;
  /** SHA-256 of its file, one character per byte. */
  hash: string;
}

/** The photos used for the evaluation, and the data set that they belong to. */
export interface CheckedSet {
  /** The fingerprint of all photos of the data set, in every split. */
  fingerprint: string;
  photos: readonly SetPhoto[];
}

/** The record of the photos that a version was trained with. */
export interface VersionOrigin {
  version: number;
  dataset: Manifest['dataset'];
  /** Undefined if the version has no list of its training photos. */
  trainingPhotos: TrainingPhotoList | undefined;
}

/** What is known about the overlap of a set and a version's training photos. */
export interface TrainedOn {
  /** Keys of the set's photos that the version was trained on. */
  shared: string[];
  /** Why further shared photos cannot be ruled out; empty if they can. */
  unverified: string[];
  /** Other ways in which the photos of the set influenced the version. */
  notes: string[];
}

const TRAINING = 'train';

/**
 * Determines which photos of a set a version was trained on. Uses the version's list of training photos; without a list,
 * uses the splits if the version was trained on the data set that the set belongs to.
 */
export function trainedOn(origin: VersionOrigin, set: CheckedSet): TrainedOn {
  const { version, dataset, trainingPhotos } = origin;
  const isOwnSet = dataset?.fingerprint === set.fingerprint;
  const notes = isOwnSet ? roleNotes(version, dataset.splits, set.photos) : [];
  if (trainingPhotos !== undefined) {
    const shared = set.photos.filter(({ hash }) => trainingPhotos.has(hash));
    return { shared: shared.map(keyOf), unverified: incomplete(version, trainingPhotos), notes };
  }
  if (isOwnSet) {
    const shared = set.photos.filter(({ split }) => split === TRAINING);
    return { shared: shared.map(keyOf), unverified: [], notes };
  }
  return { shared: [], unverified: [unknown(origin)], notes };
}

function keyOf({ key }: SetPhoto): string {
  return key;
}

function incomplete(version: number, { complete }: TrainingPhotoList): string[] {
  if (complete) return [];
  return [
    `version ${version} was initialized from weights without a list of their training photos: ` +
      'photos of the set may be among them',
  ];
}

function unknown({ version, dataset }: VersionOrigin): string {
  const origin =
    dataset === null
      ? 'no record of its data set'
      : `was trained on another data set, ${dataset.name} (${dataset.fingerprint.slice(0, 12)}…)`;
  return `version ${version} has no ${TRAINING_PHOTOS_FILE} and ${origin}: photos of the set may be among its training photos`;
}

/** Notes splits that were used to select or calibrate the version: they also make its figures too optimistic. */
function roleNotes(
  version: number,
  roles: Readonly<Record<string, string>>,
  photos: readonly SetPhoto[],
): string[] {
  const splits = [...new Set(photos.map(({ split }) => split))].filter((s) => s !== TRAINING);
  return splits.flatMap((split) => {
    const role = ownValue(roles, split);
    return role === undefined
      ? []
      : [
          `split ${split} of the set was also used for version ${version} (${role}), so its figures are optimistic`,
        ];
  });
}

const NAMED = 3;

/** Why a set cannot evaluate a version; empty if they share no photos. */
export function sharedReasons(
  version: number,
  { shared }: Pick<TrainedOn, 'shared'>,
  photos: number,
): string[] {
  if (shared.length === 0) return [];
  const more = shared.length > NAMED ? ', …' : '';
  return [
    `version ${version} was trained on ${shared.length} of the ${photos} photos of the set ` +
      `(${shared.slice(0, NAMED).join(', ')}${more}), so they cannot evaluate it: remove them from GATE_SET, ` +
      'or use another split (GATE_SPLIT)',
  ];
}
