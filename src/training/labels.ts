import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

/** What training and evaluation know of one photo. */
export interface LabelledPhoto {
  /** Absolute path. */
  file: string;
  /** True age in years, as labelled. */
  age: number;
  split: string;
  /** Columns of the table that name a group (sex, ethnicity, …); empty where unknown. */
  groups: Record<string, string>;
}

const rowSchema = z.looseObject({
  file: z.string().min(1),
  age: z.coerce.number().int().min(0).max(130),
  split: z.string().optional(),
});

/** A labels.csv that cannot be used; the message names the line. */
export class LabelsError extends Error {
  override readonly name = 'LabelsError';
}

/**
 * Reads `labels.csv` (columns `file`, `age`, optionally `split` and group columns) of a data folder.
 * Without a `split` column, the first folder of `file` names the split: `train/a.jpg`, `val/b.jpg`.
 * @throws LabelsError when the table is missing or a row is not valid.
 */
export async function readLabels(dataDirectory: string): Promise<LabelledPhoto[]> {
  const table = path.join(dataDirectory, 'labels.csv');
  const text = await readFile(table, 'utf8').catch((error: unknown) => {
    throw new LabelsError(
      `cannot read ${table}: give a folder with labels.csv by --data or FACES_DIR`,
      { cause: error },
    );
  });
  const rows: unknown[] = parse(text, { columns: true, skip_empty_lines: true, trim: true });
  return rows.map((row, index) => toPhoto(dataDirectory, row, index + 2));
}

function toPhoto(dataDirectory: string, row: unknown, line: number): LabelledPhoto {
  const parsed = rowSchema.safeParse(row);
  if (!parsed.success)
    throw new LabelsError(`labels.csv line ${line}: ${z.prettifyError(parsed.error)}`);
  const { file, age, split, ...groups } = parsed.data;
  const resolved = path.resolve(dataDirectory, file);
  if (path.relative(dataDirectory, resolved).startsWith('..')) {
    throw new LabelsError(`labels.csv line ${line}: ${file} lies outside the data folder`);
  }
  return {
    file: resolved,
    age,
    split: split ?? file.split('/')[0]!,
    groups: groups as Record<string, string>,
  };
}
