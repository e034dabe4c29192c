import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { permutation, seededRandom } from '../../../common/random.ts';
import { LabelsError, type LabeledFile } from '../../dataset/labeled-file.ts';
import { readLabelTable } from '../../dataset/labels/label-table.ts';
import { splitNamed } from '../../dataset/labels/split-names.ts';

/** A photo and the completed years of its person, of which the two ends are equal where the age is known exactly. */
export interface LabeledPhoto {
  file: string;
  minAge: number;
  maxAge: number;
}

const SEED = 19;

/**
 * Draws photos from a table of labels, as a data set has it. Paths are relative to the table. A table in which no photo is in
 * the split is used whole.
 * @param count the same photos are drawn each time; all where there are not more
 * @throws LabelsError with all bad rows by line number
 */
export async function drawLabeledPhotos(
  table: string,
  split: string,
  count: number,
): Promise<LabeledPhoto[]> {
  const location = path.resolve(path.dirname(table));
  const files = await readRows(table, location);
  const wanted = splitNamed(split) ?? split;
  const inSplit = files.filter((file) => file.split === wanted);
  const chosen = inSplit.length === 0 ? files : inSplit;
  const order = permutation(seededRandom(SEED), chosen.length).subarray(0, count);
  return Array.from(order, (index) => {
    const { key, age } = chosen[index]!;
    return { file: path.join(path.dirname(table), key), minAge: age.min, maxAge: age.max };
  });
}

async function readRows(table: string, location: string): Promise<LabeledFile[]> {
  const source = { name: table, location, keys: new Set<string>() };
  const { files } = await readLabelTable(await readFile(table), source);
  if (files.length > 0) return files;
  throw new LabelsError(`${table} has no rows.`);
}
