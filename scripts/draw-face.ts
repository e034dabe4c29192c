import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';

const usage = `Usage: npm run draw-face -- FILE.jpg [--age 34] [--seed 1] [--size 200]
Draws a face in code, for trying the service without a photo at hand.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    age: { type: 'string', default: '34' },
    seed: { type: 'string', default: '1' },
    size: { type: 'string', default: '200' },
    help: { type: 'boolean', default: false },
  },
});
const [file] = positionals;
const [age, seed, size] = [Number(values.age), Number(values.seed), Number(values.size)];
if (values.help || file === undefined || ![age, seed, size].every(Number.isFinite)) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 1;
} else {
  await writeFile(file, drawFaceJpeg({ age, seed, size }));
  console.log(`drew ${file}: a face of ${age} years, ${size}×${size}`);
}
