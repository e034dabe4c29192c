/** Measures what opening a large data set takes: `npm run bench:dataset -- --help`. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { encodeJpeg } from '../src/drawing/draw-face.ts';
import { seededRandom } from '../src/common/random.ts';
import type { OpeningCost } from './dataset/open.ts';

const help = `npm run bench:dataset -- [options]

Writes many small photos, opens them as training does, twice, each time in a process of its own, and prints time and peak
memory: the first time they are preprocessed, the second time found in the cache.
  --photos N   100000 by default
  --side N     of the cached photos; memory does not depend on it, disk does (default 24)
  --work DIR   where photos and cache are written and removed again (default: the system's temporary folder)`;

const { values } = parseArgs({
  options: {
    photos: { type: 'string', default: '100000' },
    side: { type: 'string', default: '24' },
    work: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
});

const PHOTOS_PER_FOLDER = 1000;
const SIDE = 16;
const WRITES_AT_ONCE = 64;
const execute = promisify(execFile);

/** Noise, so that no two are the same; ages in the names, as in UTKFace. */
async function writePhotos(folder: string, count: number): Promise<void> {
  for (let first = 0; first < count; first += WRITES_AT_ONCE) {
    const indices = Array.from(
      { length: Math.min(WRITES_AT_ONCE, count - first) },
      (_, i) => first + i,
    );
    await Promise.all(indices.map((index) => writePhoto(folder, index)));
  }
}

async function writePhoto(folder: string, index: number): Promise<void> {
  const random = seededRandom(index);
  const rgb = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => random() * 256);
  const part = join(folder, String(Math.floor(index / PHOTOS_PER_FOLDER)));
  if (index % PHOTOS_PER_FOLDER < WRITES_AT_ONCE) await mkdir(part, { recursive: true });
  const name = `${index % 100}_${index % 2}_${index % 5}_${index}.jpg`;
  await writeFile(join(part, name), encodeJpeg({ width: SIDE, height: SIDE, rgb }, 80));
}

async function open(photos: string, cache: string): Promise<OpeningCost> {
  const script = join(import.meta.dirname, 'dataset/open.ts');
  const args = ['--import', 'tsx', script, photos, cache, values.side];
  const { stdout } = await execute(process.execPath, args);
  return JSON.parse(stdout) as OpeningCost;
}

async function bench(): Promise<void> {
  const folder = await mkdtemp(join(values.work, 'face-age-dataset-'));
  try {
    const photos = join(folder, 'photos');
    await writePhotos(photos, Number(values.photos));
    for (const time of ['first', 'second']) {
      const cost = await open(photos, join(folder, 'cache'));
      const mebibytes = (cost.peakBytes / 2 ** 20).toFixed(0);
      console.log(
        `${time} time: ${cost.photos} photos in ${cost.seconds.toFixed(1)} s, at most ${mebibytes} MiB`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (values.help) console.log(help);
else await bench();
