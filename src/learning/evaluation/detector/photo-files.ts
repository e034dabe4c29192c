import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { readDataset } from '../../dataset/read-dataset.ts';
import { photosOfSplit } from '../split-photos.ts';

/** A photo's file and its name for reports. */
export interface PhotoFile {
  name: string;
  read: () => Promise<Buffer>;
}

/** Where the photos are, and which of them count. */
export interface PhotoChoice {
  /** A folder of photos; or one with a labels.csv, of which only the photos of `split` count. */
  data: string;
  split: string;
  /** The folder for preprocessed photos of labeled folders. */
  cache: string;
  /** The share of the photos without a split that validate, from 0 to 1. */
  valShare: number;
  /** A table with the columns `file` and `reason` of photos to leave out. */
  except?: string | undefined;
}

const PHOTO = /\.(?:jpe?g|png|webp|gif|tiff?|avif)$/i;
const exceptionsSchema = z.array(z.object({ file: z.string().min(1), reason: z.string().min(1) }));

/**
 * Lists the photos of a folder by name.
 * @throws Error that says what is missing
 */
export async function listPhotos(choice: PhotoChoice): Promise<PhotoFile[]> {
  const { data, except } = choice;
  const photos = (await isLabeled(data)) ? await labeledPhotos(choice) : await photosIn(data);
  const excepted = except === undefined ? new Set() : await readExceptions(except);
  const left = photos.filter(({ name }) => !excepted.has(name));
  if (left.length > 0) return left;
  throw new Error(`${data} has no photos.`);
}

/** Lists the photos that lie directly in a folder, by name. */
async function photosIn(folder: string): Promise<PhotoFile[]> {
  const names = (await readdir(folder)).filter((name) => PHOTO.test(name)).sort();
  return names.map((name) => ({ name, read: () => readFile(path.join(folder, name)) }));
}

async function isLabeled(folder: string): Promise<boolean> {
  const labels = await stat(path.join(folder, 'labels.csv')).catch(() => undefined);
  return labels?.isFile() ?? false;
}

async function labeledPhotos({ data, split, cache, valShare }: PhotoChoice): Promise<PhotoFile[]> {
  const dataset = await readDataset({ data, cache, valShare });
  return photosOfSplit(dataset, split).map((photo) => ({
    name: photo.key,
    read: () => dataset.fileOf(photo),
  }));
}

async function readExceptions(file: string): Promise<Set<string>> {
  try {
    const rows: unknown = parse(await readFile(file), { columns: true, trim: true, bom: true });
    return new Set(exceptionsSchema.parse(rows).map((row) => row.file));
  } catch (error) {
    if (error instanceof CsvError || error instanceof z.ZodError) {
      throw new Error(`${file} must be a table with the columns file and reason.`, {
        cause: error,
      });
    }
    throw error;
  }
}
