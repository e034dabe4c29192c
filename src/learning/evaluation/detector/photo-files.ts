import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';

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

const PHOTO = /\.(?:jpe?g|png|webp|gif|tiff?|avif)$/i;
const labelSchema = z.object({ file: z.string().min(1), split: z.string().optional() });
const exceptionSchema = z.object({ file: z.string().min(1), reason: z.string().min(1) });

/**
 * Lists the photos of a folder by name. Of the labels only the split is read, so that they need not be exact ages.
 * @throws Error that says what is missing
 */
export async function listPhotos({ data, split, except }: PhotoChoice): Promise<PhotoFile[]> {
  const files = await readdir(data);
  const names = files.includes('labels.csv')
    ? await namesOfSplit(path.join(data, 'labels.csv'), split)
    : files.filter((name) => PHOTO.test(name)).sort();
  const rows = except === undefined ? [] : await readRows(except, exceptionSchema);
  const excepted = new Set(rows.map(({ file }) => file));
  const left = names.filter((name) => !excepted.has(name));
  if (left.length === 0) throw new Error(`${data} has no photos that count.`);
  return left.map((name) => ({ name, read: () => readFile(path.join(data, name)) }));
}

async function namesOfSplit(labels: string, wanted: string): Promise<string[]> {
  const rows = await readRows(labels, labelSchema);
  return rows
    .filter(({ file, split = file.split('/')[0] }) => wanted === 'all' || split === wanted)
    .map(({ file }) => file)
    .sort();
}

async function readRows<Row extends { file: string }>(
  file: string,
  schema: z.ZodType<Row>,
): Promise<Row[]> {
  try {
    const rows: unknown = parse(await readFile(file), { columns: true, trim: true, bom: true });
    return z.array(schema).parse(rows);
  } catch (error) {
    if (error instanceof CsvError || error instanceof z.ZodError) {
      const columns = schema instanceof z.ZodObject ? Object.keys(schema.shape).join(' and ') : '';
      throw new Error(`${file} must be a table with the columns ${columns}.`, { cause: error });
    }
    throw error;
  }
}
