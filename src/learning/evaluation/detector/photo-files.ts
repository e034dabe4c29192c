import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isPhotoName, hiddenKind } from '../../dataset/labels/file-kinds.ts';
import { splitNamed } from '../../dataset/labels/split-names.ts';
import { FILE_NAMES, Table } from '../../dataset/labels/table.ts';
import { keyOfPath } from '../../dataset/labels/table-paths.ts';

/** A photo's file and its name for reports. */
export interface PhotoFile {
  name: string;
  read: () => Promise<Buffer>;
}

/** Where the photos are, and which of them count. */
export interface PhotoChoice {
  /** A folder of photos; or one with a labels.csv, of which only the photos of `split` count. */
  data: string;
  /** The column `split` of labels.csv or, without it, the first folder of the column `file`; or "all". */
  split: string;
  /** A table with the columns `file` and `reason` of photos to leave out. */
  except?: string | undefined;
}

/**
 * Lists the photos of a folder by name. Of the labels only the split is read, so that they need not be exact ages.
 * @throws Error that says what is missing
 */
export async function listPhotos({ data, split, except }: PhotoChoice): Promise<PhotoFile[]> {
  const files = await readdir(data);
  const names = files.includes('labels.csv')
    ? await namesOfSplit(path.join(data, 'labels.csv'), split)
    : files.filter((name) => isPhotoName(name) && hiddenKind(name) === undefined).sort();
  const exceptions = except === undefined ? [] : await readExceptions(except);
  const excepted = new Set(exceptions);
  const left = names.filter((name) => !excepted.has(name));
  if (left.length === 0) throw new Error(`${data} has no photos that count.`);
  return left.map((name) => ({ name, read: () => readFile(path.join(data, name)) }));
}

async function namesOfSplit(labels: string, wanted: string): Promise<string[]> {
  const rows = await readRows(labels, 'split');
  const known = splitNamed(wanted) ?? wanted;
  return rows
    .filter(({ file, value }) => {
      const split = value === '' ? file.split('/')[0]! : value;
      return wanted === 'all' || (splitNamed(split) ?? split) === known;
    })
    .map(({ file }) => file)
    .sort();
}

/** The reasons are for readers. */
async function readExceptions(table: string): Promise<string[]> {
  const rows = await readRows(table, 'reason', ['file', 'reason']);
  return rows.map(({ file }) => file);
}

/**
 * The files of a table, each with the value of another column.
 * @throws LabelsError with the columns found, and with all bad rows by line number
 */
async function readRows(
  name: string,
  column: 'split' | 'reason',
  required: readonly string[] = ['file'],
): Promise<{ file: string; value: string }[]> {
  const table = await Table.open(name, await readFile(name), { file: FILE_NAMES, [column]: [] });
  table.require(...required);
  const folder = path.resolve(path.dirname(name));
  const faults = table.collectFaults();
  const rows: { file: string; value: string }[] = [];
  for await (const row of table.rows(faults)) {
    const file = keyOfPath(table.cell(row, 'file'), folder, new Set());
    const value = table.cell(row, column);
    if (file === undefined) faults.add(row.line, 'its file is empty or outside the folder');
    else if (value === '' && required.includes(column)) faults.add(row.line, `it has no ${column}`);
    else rows.push({ file, value });
  }
  faults.throwIfAny();
  return rows;
}
