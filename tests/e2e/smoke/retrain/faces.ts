import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { drawFaceJpeg } from '../../../../src/drawing/draw-face.ts';
import { permutation, seededRandom } from '../../../../src/common/random.ts';

/** A labeled photo that can be written to a folder. */
export interface Face {
  age: number;
  writeTo: (file: string) => Promise<void>;
}

const OLDEST = 90;

/** Draws people with ages distributed evenly over 0 … 90; another `seed` gives other people. */
export function drawnFaces(count: number, seed: number): Face[] {
  return Array.from({ length: count }, (_, index) => {
    const age = Math.round((index * OLDEST) / count);
    const draw = () => drawFaceJpeg({ age, seed: seed * 1_000_000 + index });
    return { age, writeTo: (file) => writeFile(file, draw()) };
  });
}

const rowsSchema = z.array(z.object({ file: z.string().min(1), age: z.coerce.number() }));

/**
 * The photos of a folder with a `labels.csv`, in a reproducible order.
 * @throws Error if the folder has no `labels.csv`
 */
export async function facesOf(folder: string): Promise<Face[]> {
  const table = await readFile(path.join(folder, 'labels.csv'));
  const rows = rowsSchema.parse(parse(table, { columns: true }));
  return shuffled(rows, 1).map(({ file, age }) => ({
    age,
    writeTo: (copy) => copyFile(path.join(folder, file), copy),
  }));
}

/** Writes faces as a data set: `labels.csv` and a folder for each split. */
export async function writeFaces(
  folder: string,
  splits: Readonly<Record<string, readonly Face[]>>,
): Promise<void> {
  const lines = ['file,age'];
  for (const [split, faces] of Object.entries(splits)) {
    await mkdir(path.join(folder, split), { recursive: true });
    for (const [index, { age, writeTo }] of faces.entries()) {
      const file = `${split}/${index}.jpg`;
      await writeTo(path.join(folder, file));
      lines.push(`${file},${age}`);
    }
  }
  await writeFile(path.join(folder, 'labels.csv'), `${lines.join('\n')}\n`);
}

/** The same photos with shuffled ages. */
export function withShuffledAges(faces: readonly Face[]): Face[] {
  const others = shuffled(faces, 2);
  return faces.map(({ writeTo }, index) => ({ age: others[index]!.age, writeTo }));
}

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  return Array.from(permutation(seededRandom(seed), items.length), (index) => items[index]!);
}
