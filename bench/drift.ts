/** Shows when drift is noticed and when it is not: `npm run bench:drift -- --help`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { darkerPhoto } from '../src/drawing/draw-face.ts';
import { seededRandom } from '../src/common/random.ts';
import {
  datasetOf,
  drawnPhotos,
  validationPhotos,
  type LabelledPhoto,
} from './drift/labelled-photos.ts';
import { observerMicroseconds } from './drift/observer-cost.ts';
import { PhotoTraffic } from './drift/photo-traffic.ts';
import { DriftPhases } from './drift/phases.ts';
import { writeWatchedVersion } from './drift/watched-version.ts';
import { takeSnapshot } from './server-metrics.ts';
import { startServer } from './server-process.ts';
import { describeEnvironment, renderEnvironment } from './environment.ts';

const help = `npm run bench:drift -- [options]

Serves the latest version, refreshed on one half of the photos, and sends the other half: as they are, darkened, and only
those of old people. Fails where unchanged photos raise the alarm, or changed ones do not within one window, or the
alarm is not raised once per cool-down.
  --data LOCATION  labelled photos, whose split "val" is taken (default: drawn faces)
  --photos N       drawn faces, where no --data is given (default 2400)
  --requests N     unchanged photos sent first (default 10000)
  --window N       DRIFT_WINDOW_PHOTOS (default 1000)
  --cool-down S    DRIFT_COOL_DOWN_SECONDS (default 10)
  --connections N  default 8
  --seed N         of the order in which photos are drawn (default 1)`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    photos: { type: 'string', default: '2400' },
    requests: { type: 'string', default: '10000' },
    window: { type: 'string', default: '1000' },
    'cool-down': { type: 'string', default: '10' },
    connections: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

/** Levels of a darkened photo, of the original's. */
const DARKENED_SHARE = 0.6;
const OLD_YEARS = 50;

/** The photos of the reference, and others of the same kind to send. */
async function halves(): Promise<[LabelledPhoto[], LabelledPhoto[]]> {
  const cache = join(homedir(), '.cache/face-age/photos');
  const all =
    values.data === undefined
      ? drawnPhotos(Number(values.photos))
      : await validationPhotos(values.data, cache);
  // Labels and names come sorted, so every second one makes two halves of a kind.
  return [all.filter((_, index) => index % 2 === 0), all.filter((_, index) => index % 2 === 1)];
}

async function bench(work: string): Promise<void> {
  const [known, sent] = await halves();
  const dataset = await datasetOf(known, join(work, 'faces'), join(work, 'cache'));
  const manifest = await writeWatchedVersion(join(work, 'models'), dataset);
  const windowPhotos = Number(values.window);
  const server = await startServer(join(import.meta.dirname, '../dist/src/main.js'), {
    ...process.env,
    MODEL_REGISTRY: join(work, 'models'),
    DRIFT_WINDOW_PHOTOS: values.window,
    DRIFT_COOL_DOWN_SECONDS: values['cool-down'],
    LOG_LEVEL: 'warn',
  });
  const random = seededRandom(Number(values.seed));
  const traffic = new PhotoTraffic(server.origin, random, Number(values.connections));
  try {
    const { model } = await takeSnapshot(server.origin);
    console.log(renderEnvironment(describeEnvironment(model)));
    console.log(`${known.length} photos in the reference, ${sent.length} others to send`);
    const phases = new DriftPhases(traffic, {
      windowPhotos,
      coolDownMs: Number(values['cool-down']) * 1000,
    });
    const asTheyAre = sent.map(({ bytes }) => bytes);
    const darker = await Promise.all(asTheyAre.map((photo) => darkerPhoto(photo, DARKENED_SHARE)));
    const old = sent.filter(({ age }) => age >= OLD_YEARS).map(({ bytes }) => bytes);
    await phases.unchanged(asTheyAre, Number(values.requests));
    await phases.drifting(`at ${DARKENED_SHARE * 100} % of their light`, darker);
    await phases.calming(asTheyAre);
    await phases.drifting(`of ${OLD_YEARS} years and older`, old);
  } finally {
    traffic.close();
    await server.stop();
  }
  const microseconds = observerMicroseconds(manifest, windowPhotos);
  console.log(`watching takes ${microseconds.toFixed(2)} µs of CPU a photo`);
}

if (values.help) console.log(help);
else {
  const work = await mkdtemp(join(tmpdir(), 'face-age-drift-'));
  try {
    await bench(work);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
