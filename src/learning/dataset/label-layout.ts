import { mapInFlight } from '../../registry/feedback/feedback-page.ts';
import {
  ageRangeOf,
  FeedbackRecordError,
  parseFeedbackRecord,
  type FeedbackRecord,
} from '../../registry/feedback/feedback-record.ts';
import { isRecordKey } from '../../registry/feedback/feedback-keys.ts';
import { ObjectUnreadableError, type ObjectStore } from '../../registry/store/object-store.ts';
import { MAX_AGE, parseAge } from './age-range.ts';
import { LABEL_TABLE, readLabelTable } from './label-table.ts';
import { groupInterner, splitByFolder, type LabeledFile, LabelsError } from './labeled-file.ts';

const UTKFACE_NAME = /(?:^|\/)(\d{1,3})_([01])_([0-4])_[^/]*$/;
const PARENT_FOLDER = /(?:^|\/)([^/]+)\/[^/]+$/;

/** Reads a label from a file's path; returns undefined if the path does not hold one. */
export type ParsePath = (key: string) => LabeledFile | undefined;

/** Parses file names in the style of UTKFace: `[age]_[sex]_[ethnicity]_….jpg`. */
export function utkFaceNames(): ParsePath {
  const intern = groupInterner();
  return (key) => {
    const [, age, sex = '', ethnicity = ''] = UTKFACE_NAME.exec(key) ?? [];
    return labeledFile(key, age, () => intern({ sex, ethnicity }));
  };
}

/** Parses paths in which the folder is the age or a range of ages: `23/x.jpg`, `20-29/x.jpg`. */
export function ageFolders(): ParsePath {
  const none = {};
  return (key) => labeledFile(key, PARENT_FOLDER.exec(key)?.[1], () => none);
}

function labeledFile(
  key: string,
  years: string | undefined,
  groups: () => LabeledFile['groups'],
): LabeledFile | undefined {
  const age = years === undefined ? undefined : parseAge(years);
  if (age === undefined) return undefined;
  return { key, age, split: splitByFolder(key), groups: groups() };
}

const CONCURRENT_READS = 16;

/** Whether the dataset is a feedback store, whose records hold the ages. */
export function hasFeedback(keys: Pick<ReadonlySet<string>, 'keys'>): boolean {
  for (const key of keys.keys()) if (isRecordKey(key)) return true;
  return false;
}

/** The photos whose feedback was accepted. Records that are damaged or were deleted after the listing are skipped. */
export async function readFeedbackLabels(
  store: ObjectStore,
  keys: Pick<ReadonlySet<string>, 'keys'>,
): Promise<LabeledFile[]> {
  const records = [...keys.keys()].filter(isRecordKey);
  const read = await mapInFlight(records, CONCURRENT_READS, (key) => readRecord(store, key));
  return read.flatMap((record) => (record?.state === 'accepted' ? [labeledFeedback(record)] : []));
}

async function readRecord(store: ObjectStore, key: string): Promise<FeedbackRecord | undefined> {
  try {
    return parseFeedbackRecord(await store.read(key), key);
  } catch (error) {
    if (error instanceof FeedbackRecordError || error instanceof ObjectUnreadableError)
      return undefined;
    throw error;
  }
}

function labeledFeedback(record: FeedbackRecord): LabeledFile {
  const { photo } = record;
  const { minAge, maxAge } = ageRangeOf(record);
  const age = { min: minAge, max: maxAge };
  const file: LabeledFile = { key: photo.key, age, split: undefined, groups: {} };
  if (record.schemaVersion === 1) return file;
  const originalHash = Buffer.from(photo.sha256, 'hex').toString('latin1');
  return { ...file, originalHash, ...(record.face === null ? {} : { knownFace: record.face }) };
}

/** How a dataset labels its photos. */
export type LabelLayout =
  'labels.csv' | 'feedback records' | 'UTKFace file names' | 'one folder per age' | 'nothing';

export interface Labels {
  layout: LabelLayout;
  files: LabeledFile[];
  /** Number of photos without a label. */
  unlabeled: number;
}

/** No feedback has been accepted yet, so there is nothing to train on. This is not a fault of the store. */
export class NoAcceptedFeedbackError extends LabelsError {}

const PHOTO_NAME = /\.(?:jpe?g|png|webp|gif|tiff?|avif)$/i;

export function isPhotoName(key: string): boolean {
  return PHOTO_NAME.test(key);
}

/**
 * Detects how a dataset is labeled and reads the labels: from `labels.csv` if it exists, else from feedback records, else
 * from file names in the style of UTKFace if most photos have one, else from folders named after the age.
 * @param keys of all files
 * @throws LabelsError if no photo has a label; NoAcceptedFeedbackError if no feedback has been accepted yet
 */
export async function readLabels(
  store: ObjectStore,
  keys: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): Promise<Labels> {
  if (keys.has(LABEL_TABLE)) return readTable(store, keys);
  if (hasFeedback(keys)) return readFeedback(store, keys);
  const photos = [...keys.keys()].filter(isPhotoName);
  const byName = readPaths('UTKFace file names', photos, utkFaceNames());
  const labels =
    byName.files.length > photos.length / 2
      ? byName
      : readPaths('one folder per age', photos, ageFolders());
  if (labels.files.length > 0) return labels;
  throw new LabelsError(
    `${store.location} has ${photos.length} photos but no labels: add ${LABEL_TABLE} (columns file and age), ` +
      'name the photos [age]_[sex]_[ethnicity]_….jpg, or sort them into folders named after the age',
  );
}

async function readTable(
  store: ObjectStore,
  keys: Pick<ReadonlySet<string>, 'keys'>,
): Promise<Labels> {
  const files = await readLabelTable(await store.read(LABEL_TABLE));
  if (files.length === 0)
    throw new LabelsError(`${LABEL_TABLE} of ${store.location} has no rows: add one row per photo`);
  return { layout: LABEL_TABLE, files, unlabeled: countUnlabeled(files, keys) };
}

async function readFeedback(
  store: ObjectStore,
  keys: Pick<ReadonlySet<string>, 'keys'>,
): Promise<Labels> {
  const files = await readFeedbackLabels(store, keys);
  const unlabeled = countUnlabeled(files, keys);
  if (files.length > 0) return { layout: 'feedback records', files, unlabeled };
  throw new NoAcceptedFeedbackError(
    `no feedback in ${store.location} has been accepted: run npm run feedback -- list, then accept`,
  );
}

/** All photos, each with any age: for pictures whose ages do not matter. */
export function withoutLabels(keys: Pick<ReadonlyMap<string, unknown>, 'keys'>): Labels {
  const none = {};
  const age = { min: 0, max: MAX_AGE };
  const files = [...keys.keys()]
    .filter(isPhotoName)
    .map((key) => ({ key, age, split: splitByFolder(key), groups: none }));
  return { layout: 'nothing', files, unlabeled: 0 };
}

function countUnlabeled(
  files: readonly LabeledFile[],
  keys: Pick<ReadonlySet<string>, 'keys'>,
): number {
  const labeled = new Set(files.map(({ key }) => key));
  let unlabeled = 0;
  for (const key of keys.keys()) if (isPhotoName(key) && !labeled.has(key)) unlabeled++;
  return unlabeled;
}

function readPaths(layout: LabelLayout, photos: readonly string[], parse: ParsePath): Labels {
  const files = photos.map(parse).filter((file) => file !== undefined);
  return { layout, files, unlabeled: photos.length - files.length };
}
