import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { createCommand, option } from '../command.ts';
import { parseFinite, parseInteger, parsePositiveInteger } from '../option-values.ts';

/** `face-age draw-face FILE`. */
export function drawFaceCommand(): Command {
  return createCommand('draw-face', 'Draws a face, for trying the service without a photo.', [
    option('--age <years>', 'age of the face', { parse: parseFinite, default: 34 }),
    option('--seed <n>', 'another seed draws another face', { parse: parseInteger, default: 1 }),
    option('--size <pixels>', 'side of the picture', { parse: parsePositiveInteger, default: 200 }),
  ])
    .argument('<file>', 'the JPEG file to write')
    .action(async (file: string, face: { age: number; seed: number; size: number }) => {
      const { drawFaceJpeg } = await import('../../drawing/draw-face.ts');
      await writeFile(file, drawFaceJpeg(face));
      console.log(`drew ${file}: a face of ${face.age} years, ${face.size}×${face.size}`);
    });
}
