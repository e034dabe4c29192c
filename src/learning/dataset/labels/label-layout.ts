import type { ObjectStore } from '../../../registry/store/object-store.ts';
import { MAX_AGE, parseAge } from '../age-range.ts';
import { groupInterner, type LabeledFile, LabelsError } from '../labeled-file.ts';
import { dateFolder, hasDateFolders } from './date-folders.ts';
import { hasFeedback, readFeedbackLabels } from './feedback-labels.ts';
import { sortFiles, type FileKinds } from './file-kinds.ts';
import { DEFAULT_GROUPS, onlyNamed } from './group-columns.ts';
import { LABEL_TABLE, readLabelTable } from './label-table.ts';
import { splitByFolder, splitFolderFault, unknownSplitFolder } from './split-names.ts';
import type { Keys } from './table-paths.ts';

const UTKFACE_NAME = /(?:^|\/)(\d{1,3})_([01])_([0-4])_[^/]*$/;
const PARENT_FOLDER = /(?:^|\/)([^/]+)\/[^/]+$/;

/** Reads a label from a file's path; returns undefined if the path does not hold one. */
export type ParsePath = (key: string) => LabeledFile | undefined;

/**
 * Parses file names in the style of UTKFace: `[age]_[sex]_[ethnicity]_….jpg`.
 * @param named the groups that count
 */
export function utkFaceNames(named: readonly string[] = DEFAULT_GROUPS): ParsePath {
  const intern = groupInterner();
  return (key) => {
    const [, age, sex = '', ethnicity = ''] = UTKFACE_NAME.exec(key) ?? [];
    return labeledFile(key, age, () => intern(onlyNamed({ sex, ethnicity }, named)));
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

/** How a dataset labels its photos. */
export type LabelLayout =
  'labels.csv' | 'feedback records' | 'UTKFace file names' | 'one folder per age' | 'nothing';

/** What the summary says about the files and the labels of a dataset. */
export interface LabelFindings extends Pick<FileKinds, 'hidden' | 'unreadFormats'> {
  notes: readonly string[];
}

export interface Labels {
  layout: LabelLayout;
  files: LabeledFile[];
  /** Number of photos without a label. */
  unlabeled: number;
  findings: LabelFindings;
}

/** No feedback has been accepted yet, so there is nothing to train on. This is not a fault of the store. */
export class NoAcceptedFeedbackError extends LabelsError {}

/**
 * Detects how a dataset is labeled and reads the labels: from `labels.csv` if it exists, else from feedback records, else
 * from file names in the style of UTKFace if most photos have one, else from folders named after the age. Hidden and system
 * files are left out.
 * @param keys of all files
 * @param groups the columns that hold groups; `sex`, `gender`, `ethnicity` and `race` by default
 * @throws LabelsError if no photo has a label; NoAcceptedFeedbackError if no feedback has been accepted yet
 */
export async function readLabels(
  store: ObjectStore,
  keys: Keys,
  groups?: readonly string[],
): Promise<Labels> {
  const kinds = sortFiles(keys.keys());
  const table = findTable(store, keys);
  if (table !== undefined) return readTable(store, table, { keys, kinds, groups });
  if (hasFeedback(keys)) return readFeedback(store, keys, kinds);
  const byName = readPaths('UTKFace file names', kinds, utkFaceNames(groups));
  if (byName.files.length > kinds.photos.length / 2) return checkSplits(byName);
  const byFolder = readPaths('one folder per age', kinds, ageFolders());
  if (byFolder.files.length === 0) throw noLabels(store, keys, kinds);
  requireNoDates(store, kinds);
  return checkSplits(byFolder);
}

/**
 * The key of the label table: `labels.csv`, or with other case.
 * @throws LabelsError if several have this name
 */
function findTable({ location }: ObjectStore, keys: Keys): string | undefined {
  if (keys.has(LABEL_TABLE)) return LABEL_TABLE;
  const tables: string[] = [];
  for (const key of keys.keys()) if (/^labels\.(?:csv|tsv)$/i.test(key)) tables.push(key);
  if (tables.length < 2) return tables[0];
  throw new LabelsError(`${location} has ${tables.join(' and ')}: keep one of them`);
}

function noLabels({ location }: ObjectStore, keys: Keys, kinds: FileKinds): LabelsError {
  const { photos, unreadFormats } = kinds;
  const unread = [...unreadFormats].map(([format, count]) => `${count} ${format}`);
  const tables = [...keys.keys()].filter((key) => /^[^/]+\.(?:csv|tsv|xlsx?|ods)$/i.test(key));
  return new LabelsError(
    [
      `${location} has ${photos.length} photos but no labels: add ${LABEL_TABLE} (columns file and age), ` +
        'name the photos [age]_[sex]_[ethnicity]_….jpg, or sort them into folders named after the age',
      ...(hasDateFolders(photos) ? ['the folders look like dates, which are not ages'] : []),
      ...(tables.length > 0
        ? [`rename the table if one of these is it: ${tables.join(', ')}`]
        : []),
      ...(unread.length > 0 ? [`formats that are not read: ${unread.join(', ')}`] : []),
    ].join('\n'),
  );
}

/** @throws LabelsError where folders look like dates */
function requireNoDates({ location }: ObjectStore, { photos }: FileKinds): void {
  const folder = dateFolder(photos);
  if (folder === undefined) return;
  throw new LabelsError(
    `${location}: folders such as ${folder} look like dates, so their last part is not taken for the age; ` +
      `give the ages in ${LABEL_TABLE}, or sort the photos into folders that are named after the age only`,
  );
}

/** @throws LabelsError where a folder may be a split under an unknown name */
function checkSplits(labels: Labels): Labels {
  for (const { key } of labels.files) {
    const folder = unknownSplitFolder(key);
    if (folder !== undefined) throw new LabelsError(splitFolderFault(folder));
  }
  return labels;
}

async function readTable(
  store: ObjectStore,
  name: string,
  parts: { keys: Keys; kinds: FileKinds; groups: readonly string[] | undefined },
): Promise<Labels> {
  const { keys, kinds, groups } = parts;
  const source = { name, location: store.location, keys, groups };
  const { files, notes } = await readLabelTable(await store.read(name), source);
  if (files.length === 0)
    throw new LabelsError(`${name} of ${store.location} has no rows: add one row per photo`);
  return {
    ...{ layout: LABEL_TABLE, files, unlabeled: countUnlabeled(files, kinds) },
    findings: findingsOf(kinds, notes),
  };
}

async function readFeedback(store: ObjectStore, keys: Keys, kinds: FileKinds): Promise<Labels> {
  const files = await readFeedbackLabels(store, keys);
  if (files.length > 0) {
    const unlabeled = countUnlabeled(files, kinds);
    return { layout: 'feedback records', files, unlabeled, findings: findingsOf(kinds) };
  }
  throw new NoAcceptedFeedbackError(
    `no feedback in ${store.location} has been accepted: run npm run feedback -- list, then accept`,
  );
}

/** All photos, each with any age: for pictures whose ages do not matter. Hidden and system files are left out. */
export function withoutLabels(keys: Pick<Keys, 'keys'>): Labels {
  const none = {};
  const age = { min: 0, max: MAX_AGE };
  const kinds = sortFiles(keys.keys());
  const files = kinds.photos.map((key) => ({ key, age, split: splitByFolder(key), groups: none }));
  return { layout: 'nothing', files, unlabeled: 0, findings: findingsOf(kinds) };
}

function countUnlabeled(files: readonly LabeledFile[], { photos }: FileKinds): number {
  const labeled = new Set(files.map(({ key }) => key));
  return photos.filter((key) => !labeled.has(key)).length;
}

function readPaths(layout: LabelLayout, kinds: FileKinds, parse: ParsePath): Labels {
  const files = kinds.photos.map(parse).filter((file) => file !== undefined);
  const unlabeled = kinds.photos.length - files.length;
  return { layout, files, unlabeled, findings: findingsOf(kinds) };
}

function findingsOf(
  { hidden, unreadFormats }: FileKinds,
  notes: readonly string[] = [],
): LabelFindings {
  return { hidden, unreadFormats, notes };
}
