import path from 'node:path';
import { LABEL_TABLE, readLabelTable } from '../dataset/label-table.ts';
import { LabelsError, type Groups } from '../dataset/labelled-file.ts';
import { FolderStore } from '../storage/folder-store.ts';

/** What evaluation knows of one photo. */
export interface LabelledPhoto {
  /** Absolute path. */
  file: string;
  /** True age in years, as labelled. */
  age: number;
  split: string;
  groups: Groups;
}

/**
 * Reads `labels.csv` (columns `file`, `age`, optionally `split` and group columns) of a data folder.
 * Without a `split` column, the first folder of `file` names the split: `train/a.jpg`, `val/b.jpg`.
 * @throws LabelsError when the table is missing or a row is not valid.
 */
export async function readLabels(dataDirectory: string): Promise<LabelledPhoto[]> {
  const store = new FolderStore(dataDirectory);
  const text = await store.read(LABEL_TABLE).catch((error: unknown) => {
    const table = path.join(store.location, LABEL_TABLE);
    throw new LabelsError(
      `cannot read ${table}: give a folder with labels.csv by --data or FACES_DIR`,
      { cause: error },
    );
  });
  return (await readLabelTable(text)).map(({ key, age, split, groups }) => ({
    file: path.join(store.location, key),
    age,
    split: split ?? key.split('/')[0]!,
    groups,
  }));
}
