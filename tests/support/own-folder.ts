import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { drawFaceJpeg } from '../../src/drawing/draw-face.ts';
import { sharp } from '../../src/inference/preprocess/sharp-image.ts';

const OLDEST = 90;
const FORMATS = ['jpg', 'jfif', 'png', 'webp'] as const;
const decomposed = (name: string) => name.normalize('NFD');

/** What a person has in the folder, besides the photos. */
const CLUTTER: readonly [file: string, content: string][] = [
  ['.Trash-1000/files/deleted.jpg', 'deleted'],
  ['__MACOSX/Bilder/._Jürgen.jpg', 'resource fork'],
  ['Bilder/Thumbs.db', 'thumbnails'],
  ['Bilder/Urlaub.heic', 'a photo of a phone'],
  ['Bilder/kaputt.jpg', 'no picture'],
];

/**
 * Draws a folder as a person may have it: a table as a German spreadsheet saves it (semicolons, Windows-1252, capitals, empty
 * rows, backslashes), some ages as ranges, mixed formats, accents that the file system decomposes, trash folders, a photo that
 * is not read, one that is damaged, and columns with names and addresses.
 * @param counts photos by split, as the table names it
 */
export async function drawOwnFolder(
  folder: string,
  counts: Readonly<Record<string, number>>,
): Promise<void> {
  const rows = ['Datei;File;AGE;Split;Sex;E-Mail'];
  for (const [place, [split, count]] of Object.entries(counts).entries())
    for (let index = 0; index < count; index++) {
      const age = Math.round((index * OLDEST) / count);
      const name = `Jürgen & Zoë ${place}-${index}.${FORMATS[index % FORMATS.length]!}`;
      await writePhoto(path.join(folder, 'Bilder', decomposed(name)), {
        age,
        seed: place * 1e6 + index,
      });
      rows.push(
        `${index};Bilder\\${name};${labelOf(age, index)};${split};${index % 2};p${index}@example.org`,
      );
      if (index % 50 === 0) rows.push(';;;;;');
    }
  rows.push('-;Bilder\\kaputt.jpg;40;Train;0;x@example.org', '', ';;;;;');
  await writeFile(path.join(folder, 'labels.csv'), Buffer.from(rows.join('\r\n'), 'latin1'));
  for (const [file, content] of CLUTTER) await write(path.join(folder, file), content);
}

/** Every fourth age is known as a decade only. */
function labelOf(age: number, index: number): string {
  if (index % 4 !== 3) return String(age);
  const decade = Math.floor(age / 10) * 10;
  return decade >= 70 ? '70+' : `${decade}-${decade + 9}`;
}

async function writePhoto(file: string, face: { age: number; seed: number }): Promise<void> {
  const jpeg = drawFaceJpeg(face);
  const format = path.extname(file);
  if (format === '.png') await write(file, await sharp(jpeg).png().toBuffer());
  else if (format === '.webp') await write(file, await sharp(jpeg).webp().toBuffer());
  else await write(file, jpeg);
}

async function write(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}
