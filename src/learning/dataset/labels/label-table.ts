import { ageRange, MAX_AGE, parseAge, type AgeRange } from '../age-range.ts';
import { groupInterner, LabelsError, type LabeledFile } from '../labeled-file.ts';
import { hiddenKind } from './file-kinds.ts';
import { GroupColumns } from './group-columns.ts';
import { quoteCell } from './row-faults.ts';
import {
  KNOWN_SPLITS,
  splitByFolder,
  splitFolderFault,
  splitNamed,
  unknownSplitFolder,
} from './split-names.ts';
import { FILE_NAMES, Table, type TableRow } from './table.ts';
import { findRenamed, keyOfPath, type Keys } from './table-paths.ts';

export const LABEL_TABLE = 'labels.csv';

/** The columns of ages. */
export const AGE_COLUMNS = {
  age: [],
  minAge: ['agemin', 'agefrom', 'minimumage'],
  maxAge: ['agemax', 'ageto', 'maximumage'],
};
const COLUMNS = { file: FILE_NAMES, ...AGE_COLUMNS, split: [] };

/** Where the table is, and which of its columns count as groups. */
export interface LabelTableSource {
  /** Of the table, for messages. */
  name: string;
  /** Of the data set: an absolute path or `s3://bucket/prefix`. */
  location: string;
  /** Of the data set's files. */
  keys: Keys;
  /** Columns that hold groups; `sex`, `gender`, `ethnicity` and `race` by default. */
  groups?: readonly string[] | undefined;
}

/** The labels of a table. */
export interface TableLabels {
  files: LabeledFile[];
  /** What the summary says about the table. */
  notes: string[];
}

/**
 * Reads a table with the columns `file`, `age` (or `minAge` and `maxAge`), and optionally `split` and groups. A file without
 * a split belongs to the split that its first folder names, if any. Rows of hidden files are left out.
 * @throws LabelsError with the columns found, and with all bad rows by line number
 */
export async function readLabelTable(
  bytes: Uint8Array,
  source: LabelTableSource,
): Promise<TableLabels> {
  const table = await Table.open(source.name, bytes, COLUMNS);
  requireColumns(table);
  const columns = new GroupColumns(table, source.groups);
  const intern = groupInterner();
  const faults = table.collectFaults();
  const files: LabeledFile[] = [];
  let hidden = 0;
  for await (const row of table.rows(faults)) {
    const label = labelOf(table, row, source);
    if (typeof label === 'string') faults.add(row.line, label);
    else if (hiddenKind(label.key) !== undefined) hidden++;
    else files.push({ ...label, groups: intern(columns.groupsOf(row)) });
  }
  faults.throwIfAny();
  const renamed = findRenamed(files, source.keys);
  return {
    files: renamed.files,
    notes: [
      ...encodingNotes(table),
      ...columns.notes(),
      ...counted(hidden, 'rows name hidden or system files and are left out'),
      ...counted(renamed.inCase, 'names differ from the files in upper and lower case'),
    ],
  };
}

function requireColumns(table: Table): void {
  table.require('file', ...(table.has('minAge') && table.has('maxAge') ? [] : ['age']));
  if (table.has('minAge') !== table.has('maxAge'))
    throw new LabelsError(`${table.name} needs both columns minAge and maxAge, or neither`);
}

/** The label of a row, or what is wrong with it. */
function labelOf(
  table: Table,
  row: TableRow,
  { location, keys }: LabelTableSource,
): Omit<LabeledFile, 'groups'> | string {
  const file = table.cell(row, 'file');
  if (file === '') return 'the file is empty';
  const key = keyOfPath(file, location, keys);
  if (key === undefined) return `${file} is outside the data folder`;
  const age = ageOfRow(table, row);
  if (typeof age === 'string') return age;
  const split = splitOfRow(table, row, key);
  return split.fault ?? { key, age, split: split.name };
}

/** The age of a row, or what is wrong with it. */
export function ageOfRow(table: Table, row: TableRow): AgeRange | string {
  const [age, min, max] = ['age', 'minAge', 'maxAge'].map((column) => table.cell(row, column));
  const range = min === '' && max === '' ? undefined : [min!, max!];
  if (age !== '' && range !== undefined) return 'it has an age and a range; give one of them';
  if (range !== undefined) return ageOfColumns(range[0]!, range[1]!);
  return (
    parseAge(age!) ??
    `the age ${quoteCell(age!)} must be a whole number from 0 to ${MAX_AGE} or a range, as 34, 20-29 or 70+${dateHint(age!)}`
  );
}

function ageOfColumns(min: string, max: string): AgeRange | string {
  const [from, to] = [min, max].map((text) => parseWholeAge(text));
  const age = from === undefined || to === undefined ? undefined : ageRange(from, to);
  return (
    age ??
    `minAge ${quoteCell(min)} and maxAge ${quoteCell(max)} must be whole numbers from 0 to ${MAX_AGE} in this order`
  );
}

function parseWholeAge(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

/** Spreadsheets turn a range such as 3-9 into a date. */
function dateHint(age: string): string {
  const isDate = /\p{L}{3}/u.test(age) ? /\d/.test(age) : /^\d+[./-]\d+[./-]\d+/.test(age);
  return isDate
    ? '; if a spreadsheet has turned a range into a date, format the column as text'
    : '';
}

interface RowSplit {
  name: string | undefined;
  fault?: string;
}

function splitOfRow(table: Table, row: TableRow, key: string): RowSplit {
  const cell = table.cell(row, 'split');
  if (cell !== '') {
    const name = splitNamed(cell);
    if (name !== undefined) return { name };
    return { name, fault: `the split ${quoteCell(cell)} is none of ${KNOWN_SPLITS}` };
  }
  const unknown = unknownSplitFolder(key);
  if (unknown !== undefined) return { name: undefined, fault: splitFolderFault(unknown) };
  return { name: splitByFolder(key) };
}

function encodingNotes({ name, encoding }: Table): string[] {
  return encoding === 'Windows-1252' ? [`${name} is not UTF-8; it was read as Windows-1252`] : [];
}

function counted(count: number, what: string): string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}
