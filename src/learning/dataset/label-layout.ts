import { mapInFlight } from '../../registry/feedback/feedback-page.ts';
import {
  isRecordKey,
  FeedbackRecordError,
  parseFeedbackRecord,
} from '../../registry/feedback/feedback-record.ts';
import { ObjectUnreadableError, type ObjectStore } from '../../registry/store/object-store.ts';
import { LABEL_TABLE, readLabelTable } from './label-table.ts';
import {
  groupInterner,
  MAX_AGE,
  splitByFolder,
  type LabelledFile,
  LabelsError,
} from './labeled-file.ts';

const UTKFACE_NAME = /(?:^|\/)(\d{1,3})_([01])_([0-4])_[^/]*$/;
const AGE_FOLDER = /(?:^|\/)(\d{1,3})\/[^/]+$/;

/** What one file's path says of it; undefined where it says nothing. */
export type ReadName = (key: string) => LabelledFile | undefined;

/** Files named as in UTKFace: `[age]_[sex]_[ethnicity]_….jpg`. */
export function utkFaceNames(): ReadName {
  const intern = groupInterner();
  return (key) => {
    const [, age, sex = '', ethnicity = ''] = UTKFACE_NAME.exec(key) ?? [];
    return labelled(key, age, () => intern({ sex, ethnicity }));
  };
}

/** Files in a folder that is named by the age: `23/x.jpg`. */
export function ageFolders(): ReadName {
  const none = {};
  return (key) => labelled(key, AGE_FOLDER.exec(key)?.[1], () => none);
}

function labelled(
  key: string,
  years: string | undefined,
  groups: () => LabelledFile['groups'],
): LabelledFile | undefined {
  const age = Number(years);
  if (years === undefined || age > MAX_AGE) return undefined;
  return { key, age, split: splitByFolder(key), groups: groups() };
}

const READS_IN_FLIGHT = 16;

/** Whether a data set is one of feedback: its records say the ages. */
export function hasFeedback(keys: Pick<ReadonlySet<string>, 'keys'>): boolean {
  for (const key of keys.keys()) if (isRecordKey(key)) return true;
  return false;
}

/** The photos whose feedback is accepted. Records that are damaged, or gone since they were listed, say nothing. */
export async function readFeedbackLabels(
  store: ObjectStore,
  keys: Pick<ReadonlySet<string>, 'keys'>,
): Promise<LabelledFile[]> {
  const records = [...keys.keys()].filter(isRecordKey);
  const files = await mapInFlight(records, READS_IN_FLIGHT, (key) => readRecord(store, key));
  return files.filter((file) => file !== undefined);
}

async function readRecord(store: ObjectStore, key: string): Promise<LabelledFile | undefined> {
  try {
    const { state, photo, age } = parseFeedbackRecord(await store.read(key), key);
    return state === 'accepted' ? { key: photo.key, age, split: undefined, groups: {} } : undefined;
  } catch (error) {
    if (error instanceof FeedbackRecordError || error instanceof ObjectUnreadableError)
      return undefined;
    throw error;
  }
}

/** How a data set says the ages of its photos. */
export type LabelLayout =
  'labels.csv' | 'records of feedback' | 'UTKFace names' | 'a folder per age';

export interface Labels {
  layout: LabelLayout;
  files: LabelledFile[];
  /** Photos that are there but of which nothing says the age. */
  unlabelled: number;
}

/** Feedback of which nothing is accepted: nothing is wrong, but there is nothing to train on. */
export class NothingAcceptedError extends LabelsError {}

const PHOTO_NAME = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

export function isPhotoName(key: string): boolean {
  return PHOTO_NAME.test(key);
}

/**
 * Finds out how a data set is labelled, and reads the labels: by `labels.csv` where there is one, else by the
 * records of feedback, else by names as in UTKFace where most photos have such, else by folders named by the age.
 * @param keys of all files
 * @throws LabelsError where no photo has a label; of feedback, where none is accepted yet, NothingAcceptedError
 */
export async function readLabelsOf(
  store: ObjectStore,
  keys: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): Promise<Labels> {
  if (keys.has(LABEL_TABLE)) return readTable(store, keys);
  if (hasFeedback(keys)) return readFeedback(store, keys);
  const photos = [...keys.keys()].filter(isPhotoName);
  const byName = readNames('UTKFace names', photos, utkFaceNames());
  const labels =
    byName.files.length > photos.length / 2
      ? byName
      : readNames('a folder per age', photos, ageFolders());
  if (labels.files.length > 0) return labels;
  throw new LabelsError(
    `${store.location} has ${photos.length} photos and no labels: add ${LABEL_TABLE} (columns file and age), ` +
      'name photos [age]_[sex]_[ethnicity]_….jpg, or sort them into folders named by age',
  );
}

async function readTable(
  store: ObjectStore,
  keys: Pick<ReadonlySet<string>, 'keys'>,
): Promise<Labels> {
  const files = await readLabelTable(await store.read(LABEL_TABLE));
  if (files.length === 0)
    throw new LabelsError(`${LABEL_TABLE} of ${store.location} has no rows: add one per photo`);
  return { layout: LABEL_TABLE, files, unlabelled: countUnlabelled(files, keys) };
}

async function readFeedback(
  store: ObjectStore,
  keys: Pick<ReadonlySet<string>, 'keys'>,
): Promise<Labels> {
  const files = await readFeedbackLabels(store, keys);
  if (files.length > 0)
    return { layout: 'records of feedback', files, unlabelled: countUnlabelled(files, keys) };
  throw new NothingAcceptedError(
    `none of the feedback in ${store.location} is accepted: npm run feedback -- list, then accept`,
  );
}

function countUnlabelled(
  files: readonly LabelledFile[],
  keys: Pick<ReadonlySet<string>, 'keys'>,
): number {
  const labelled = new Set(files.map(({ key }) => key));
  let unlabelled = 0;
  for (const key of keys.keys()) if (isPhotoName(key) && !labelled.has(key)) unlabelled++;
  return unlabelled;
}

function readNames(layout: LabelLayout, photos: readonly string[], read: ReadName): Labels {
  const files = photos.map(read).filter((file) => file !== undefined);
  return { layout, files, unlabelled: photos.length - files.length };
}
