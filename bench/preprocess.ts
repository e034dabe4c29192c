import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { drawFaceJpeg } from '../src/drawing/draw-face.ts';
import { preprocess } from '../src/inference/preprocess/preprocess.ts';
import { defaultPreprocessSpec } from '../src/inference/preprocess/spec.ts';

/** CPU milliseconds per photo: `tsx bench/preprocess.ts [photo.jpg …]`; drawn faces where none is given. */
const ROUNDS = 7;
const ROUND_CPU_MS = 300;

async function cpuMs(file: Buffer, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i++)
    await preprocess(file, defaultPreprocessSpec, { maxPixels: 50_000_000 });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}

async function measure(name: string, file: Buffer): Promise<void> {
  await cpuMs(file, Math.round(ROUND_CPU_MS / (await cpuMs(file, 20))) + 1);
  const times = Math.max(3, Math.round(ROUND_CPU_MS / (await cpuMs(file, 20))));
  const rounds: number[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await cpuMs(file, times));
  rounds.sort((a, b) => a - b);
  const [least, median, most] = [rounds[0]!, rounds[ROUNDS >> 1]!, rounds.at(-1)!];
  const spread = `${least.toFixed(2)}–${most.toFixed(2)}`;
  console.log(`${name.padEnd(36)} ${median.toFixed(2).padStart(8)} ms CPU (${spread})`);
}

const given = process.argv.slice(2);
console.log(
  `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.cpus().length} cores, Node ${process.version}`,
);
for (const path of given) await measure(path, await readFile(path));
if (given.length === 0) {
  const face = { age: 35, seed: 7 };
  await measure('200×200 JPEG', drawFaceJpeg(face));
  await measure('200×200 JPEG, quality 95', drawFaceJpeg(face, 95));
  await measure('1000×1000 JPEG', drawFaceJpeg({ ...face, size: 1000 }));
  await measure('3464×3464 JPEG (12 MP)', drawFaceJpeg({ ...face, size: 3464 }, 92));
}
