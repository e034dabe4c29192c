import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { drawFaceJpeg } from './draw-face.ts';

/** Ages of drawn people are spread evenly from 0 to this age. */
const OLDEST = 90;
/** Each split has its own seeds, so that no person is in two splits. */
const SEEDS_OF_A_SPLIT = 1_000_000;

/**
 * Draws a labeled dataset into a folder: `labels.csv` and `<split>/<n>.jpg`. The same counts give the same bytes.
 * The column `sex` alternates; it is a group that is unrelated to the drawing.
 */
export async function drawDataset(
  folder: string,
  counts: Readonly<Record<string, number>>,
): Promise<void> {
  const lines = ['file,age,sex'];
  for (const [place, [split, count]] of Object.entries(counts).entries()) {
    await mkdir(path.join(folder, split), { recursive: true });
    for (let index = 0; index < count; index++) {
      const age = Math.round((index * OLDEST) / count);
      const file = `${split}/${index}.jpg`;
      const face = drawFaceJpeg({ age, seed: place * SEEDS_OF_A_SPLIT + index });
      await writeFile(path.join(folder, file), face);
      lines.push(`${file},${age},${index % 2}`);
    }
  }
  await writeFile(path.join(folder, 'labels.csv'), `${lines.join('\n')}\n`);
}
