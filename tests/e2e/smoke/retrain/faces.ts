import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { drawFaceJpeg } from '../../../../src/drawing/draw-face.ts';
import { permutation, seededRandom } from '../../../../src/common/random.ts';

/** A labeled photo to be put into a folder. */
export interface Face {
  age: number;
  putAt: (file: string) => Promise<void>;
}

const OLDEST = 90;

/** Drawn people of ages spread evenly over 0 … 90; another `seed`, other people. */
export function drawnFaces(count: number, seed: number): Face[] {
  return Array.from({ length: count }, (_, index) => {
    const age = Math.round((index * OLDEST) / count);
    const draw = () => drawFaceJpeg({ age, seed: seed * 1_000_000 + index });
    return { age, putAt: (file) => writeFile(file, draw()) };
  });
}

const rowsSchema = z.array(z.object({ file: z.string().min(1), age: z.coerce.number() }));

/**
 * Photos of a folder with a `labels.csv`, in an order that is the same every time.
 * @throws Error where the folder has none
 */
export async function facesOf(folder: string): Promise<Face[]> {
  const table = await readFile(path.join(folder, 'labels.csv'));
  const rows = rowsSchema.parse(parse(table, { columns: true }));
  return shuffled(rows, 1).map(({ file, age }) => ({
    age,
    putAt: (copy) => copyFile(path.join(folder, file), copy),
  }));
}

/** Writes faces as a data set: `labels.csv` and a folder for each split. */
export async function putFaces(
  folder: string,
  splits: Readonly<Record<string, readonly Face[]>>,
): Promise<void> {
  const lines = ['file,age'];
  for (const [split, faces] of Object.entries(splits)) {
    await mkdir(path.join(folder, split), { recursive: true });
    for (const [index, { age, putAt }] of faces.entries()) {
      const file = `${split}/${index}.jpg`;
      await putAt(path.join(folder, file));
      lines.push(`${file},${age}`);
    }
  }
  await writeFile(path.join(folder, 'labels.csv'), `${lines.join('\n')}\n`);
}

/** The same photos, each with the age of another. */
export function withShuffledAges(faces: readonly Face[]): Face[] {
  const others = shuffled(faces, 2);
  return faces.map(({ putAt }, index) => ({ age: others[index]!.age, putAt }));
}

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  return Array.from(permutation(seededRandom(seed), items.length), (index) => items[index]!);
}
