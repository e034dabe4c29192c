import { TRAINING_PHOTOS_FILE, type TrainingPhotoList } from '../dataset/training-photo-list.ts';
import { ownValue } from '../../common/own-value.ts';
import type { Manifest } from '../../registry/manifest.ts';

/** A photo of the set, as far as it is compared with what a version was trained on. */
export interface SetPhoto {
  key: string;
  split: string;
  /** SHA-256 of its file, one character per byte. */
  hash: string;
}

/** The photos to evaluate on, and the data set that they come from. */
export interface CheckedSet {
  /** Of all photos of the data set, whatever their split. */
  fingerprint: string;
  photos: readonly SetPhoto[];
}

/** What a version says of the photos that it was made with. */
export interface VersionOrigin {
  version: number;
  dataset: Manifest['dataset'];
  /** Undefined where it has no list of them. */
  trainingPhotos: TrainingPhotoList | undefined;
}

/** What is known of the photos that a set and a version's training have in common. */
export interface TrainedOn {
  /** Keys of the set's photos that the version was trained on. */
  shared: string[];
  /** Why it cannot be ruled out that there are others; empty where it is. */
  unverified: string[];
  /** What else the set's photos had to do with the version's making. */
  notes: string[];
}

const TRAINING = 'train';

/**
 * Finds out which photos of a set a version was trained on: by its list of them, else where it was made from the very
 * data set that the set is of, with the same photos in the same splits, by their split.
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
    `version ${version} went on from weights that do not say which photos they were trained on: ` +
      'photos of the set may be among them',
  ];
}

function unknown({ version, dataset }: VersionOrigin): string {
  const origin =
    dataset === null
      ? 'does not say what it was trained on'
      : `was trained on the data set ${dataset.name} (${dataset.fingerprint.slice(0, 12)}…), which is not the set's`;
  return `version ${version} has no ${TRAINING_PHOTOS_FILE} and ${origin}: photos of the set may be among its training photos`;
}

/** Splits that chose or calibrated the version are no training, but flatter it all the same. */
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
      : [`split ${split} of the set also served version ${version} (${role}), which flatters it`];
  });
}

const NAMED = 3;

/** Why a version cannot be evaluated on a set; empty if they share no photo. */
export function sharedReasons(
  version: number,
  { shared }: Pick<TrainedOn, 'shared'>,
  photos: number,
): string[] {
  if (shared.length === 0) return [];
  const more = shared.length > NAMED ? ', …' : '';
  return [
    `version ${version} was trained on ${shared.length} of the ${photos} photos of the set ` +
      `(${shared.slice(0, NAMED).join(', ')}${more}), so it cannot be evaluated on them: remove them from GATE_SET, ` +
      'or evaluate on another split (GATE_SPLIT)',
  ];
}
