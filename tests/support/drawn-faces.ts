import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';

/** Draws a labelled data set into a folder: `labels.csv`, `train/` and `val/`, ages spread over 0 … 90. */
export async function drawDataset(
  folder: string,
  counts: { train: number; val: number },
): Promise<void> {
  const lines = ['file,age,sex'];
  for (const [split, count] of Object.entries(counts)) {
    await mkdir(path.join(folder, split), { recursive: true });
    for (let index = 0; index < count; index++) {
      const age = Math.round((index * 90) / count);
      const file = `${split}/${index}.jpg`;
      await writeFile(
        path.join(folder, file),
        drawFaceJpeg({ age, seed: index + (split === 'val' ? 10_000 : 0) }),
      );
      lines.push(`${file},${age},${index % 2}`);
    }
  }
  await writeFile(path.join(folder, 'labels.csv'), `${lines.join('\n')}\n`);
}
