import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readS3Options } from '../src/config.ts';
import type { Dataset } from '../src/dataset/dataset.ts';
import { openDataset } from '../src/dataset/open-dataset.ts';
import { parseUnreadableLimit } from '../src/dataset/unreadable.ts';
import { messageOf } from '../src/errors.ts';
import { loadTensorFlow, type TensorFlow } from '../src/engine/tensorflow-runtime.ts';
import { architectureNames, architectureOf } from '../src/network/architectures/architectures.ts';
import { defaultPreprocessSpec as preprocess } from '../src/preprocess/spec.ts';
import { createProgress } from '../src/progress.ts';
import { writeAlias } from '../src/registry/artifact-writer.ts';
import { describeDataset } from '../src/training/dataset-description.ts';
import type { EpochReport } from '../src/training/epoch-report.ts';
import { completeRecipe, type Recipe } from '../src/training/recipe.ts';
import { sideOfEpoch } from '../src/training/resolution.ts';
import { remainingSeconds } from '../src/training/run-clock.ts';
import { TensorBoardLog } from '../src/training/tensorboard-log.ts';
import { Trainer } from '../src/training/trainer.ts';
import { describeSummary } from '../src/dataset/summary.ts';
import { createPhotoSet, type PhotoSet } from '../src/training/photo-set.ts';
import { writeVersion } from '../src/training/version-writer.ts';

const usage = `Usage: npm run train -- --data FOLDER|s3://BUCKET/PREFIX [options]
Trains a network on labelled photos (labels.csv, names as in UTKFace, or a folder per age) and writes it as the next
version of models/<name>/.

  --data LOCATION      labelled photos: a folder or s3://bucket/prefix (default: FACES_DIR)
  --cache FOLDER       keeps preprocessed photos (default: ~/.cache/face-age/photos)
  --max-unreadable N   stop where more photos than N, or than N% of all, cannot be read (default: no limit)
  --val-share SHARE    of the photos of no split that validate (default: 0.1)
  --tuning             compare settings: train on nine tenths of the training photos, validate on the last tenth;
                       writes no version
  --models FOLDER      where the version is written (default: models)
  --name NAME          the model's name (default: face-age)
  --alias ALIAS        point this alias at the new version
  --architecture NAME  ${architectureNames.join(', ')} (default: the recipe's)
  --recipe FILE        a JSON file of settings, or a manifest whose recipe is repeated
  --epochs N           epochs, instead of the recipe's
  --checkpoint FILE    written after every epoch, every 5 minutes and on Ctrl-C
                       (default: ~/.cache/face-age/train/<name>.checkpoint)
  --tensorboard FOLDER where event files are written (default: the checkpoint's name with .tensorboard)
  --resume             continue from the checkpoint
  --license TEXT       what the weights may be used for`;

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.FACES_DIR ?? '' },
    cache: { type: 'string', default: path.join(homedir(), '.cache/face-age/photos') },
    'max-unreadable': { type: 'string' },
    'val-share': { type: 'string', default: '0.1' },
    tuning: { type: 'boolean', default: false },
    models: { type: 'string', default: 'models' },
    name: { type: 'string', default: 'face-age' },
    alias: { type: 'string' },
    architecture: { type: 'string' },
    recipe: { type: 'string' },
    epochs: { type: 'string' },
    checkpoint: { type: 'string' },
    tensorboard: { type: 'string' },
    resume: { type: 'boolean', default: false },
    license: { type: 'string', default: 'Unknown: the licence of the training photos applies' },
    help: { type: 'boolean', default: false },
  },
});

const CHECKPOINT_INTERVAL_MS = 5 * 60_000;
const TUNING_SHARE = 0.1;

async function readRecipe(): Promise<Recipe> {
  const document = values.recipe === undefined ? {} : await readDocument(values.recipe);
  const { architecture, epochs } = values;
  return completeRecipe({
    ...(document.training?.recipe ?? document),
    ...(architecture !== undefined && { architecture }),
    ...(epochs !== undefined && { epochs: Number(epochs) }),
  });
}

async function readDocument(file: string): Promise<{ training?: { recipe: object } }> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text) as { training?: { recipe: object } };
  } catch (error) {
    throw new Error(`--recipe ${file} is not JSON; give a file of settings or a manifest`, {
      cause: error,
    });
  }
}

function print(report: EpochReport, recipe: Recipe): void {
  const { epoch, epochs, loss, validationMae, validationAccuracy, waitingShare } = report;
  const sideAt = (each: number) => sideOfEpoch(each, recipe, preprocess.width);
  console.log(
    `epoch ${epoch}/${epochs}  loss ${loss.toFixed(3)}  validation MAE ${validationMae.toFixed(3)} years, ` +
      `decade ${validationAccuracy.toFixed(3)}  ${report.seconds.toFixed(0)} s, ` +
      `${(waitingShare * 100).toFixed(1)} % waiting for data, ${(remainingSeconds(report, sideAt) / 60).toFixed(0)} min to go`,
  );
}

function gitCommit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(usage);
    return;
  }
  const recipe = await readRecipe();
  const dataset = await readDataset();
  const validationSplit = values.tuning ? 'tuning' : 'val';
  const validationPhotos = dataset.photosOf(validationSplit);
  const validation = createPhotoSet(dataset, validationPhotos);
  const train = createPhotoSet(dataset, dataset.photosOf('train'));
  requireBoth(dataset, validationSplit, { train, validation });
  const tf = loadTensorFlow();
  const trainer = await createTrainer(tf, recipe, { train, validation });
  const { model, best, history, trainedSeconds } = await trainer.run();
  console.log(`best: validation MAE ${best.mae.toFixed(3)} years after epoch ${best.epoch}`);
  if (values.tuning) return;
  const { version, folder, figures, head } = await writeVersion(tf, values.models, {
    model,
    answers: architectureOf(recipe.architecture).answers,
    preprocess,
    validation: { photos: validation, labelled: validationPhotos },
    history,
    about: {
      ...about(recipe),
      dataset: describeDataset(dataset, validationSplit),
      training: {
        seed: recipe.seed,
        recipe,
        durationSeconds: Math.round(trainedSeconds),
      },
    },
  });
  if (values.alias !== undefined) await promote(values.alias, version);
  console.log(`wrote ${folder}`, figures.all, head);
}

/** @throws Error where there is nothing to train on or to validate with */
function requireBoth(
  dataset: Dataset,
  validationSplit: string,
  { train, validation }: { train: PhotoSet; validation: PhotoSet },
): void {
  if (train.count === 0 || validation.count === 0) {
    throw new Error(
      `${dataset.location} has ${train.count} photos in split "train" and ${validation.count} in "${validationSplit}"; ` +
        'both need some: check its split column or folders, and --val-share',
    );
  }
}

async function readDataset(): Promise<Dataset> {
  if (values.data === '') throw new Error('give the photos by --data or FACES_DIR');
  const progress = createProgress('photos');
  try {
    const dataset = await openDataset({
      source: { location: values.data, s3: readS3Options() },
      spec: preprocess,
      cacheRoot: values.cache,
      valShare: shareOf(values['val-share']),
      tuningShare: values.tuning ? TUNING_SHARE : 0,
      maxUnreadable: unreadableLimit(),
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    console.log(describeSummary(dataset));
    return dataset;
  } finally {
    progress.stop();
  }
}

function shareOf(text: string): number {
  const share = Number(text);
  if (text !== '' && share >= 0 && share <= 1) return share;
  throw new Error(`--val-share ${text}: give a number from 0 to 1`);
}

function unreadableLimit() {
  const text = values['max-unreadable'];
  if (text === undefined) return undefined;
  const limit = parseUnreadableLimit(text);
  if (limit === undefined) {
    throw new Error(`--max-unreadable ${text}: give a number of photos or a share such as 0.5%`);
  }
  return limit;
}

function about({ architecture }: Recipe) {
  return {
    name: values.name,
    parent: null,
    gitCommit: gitCommit(),
    architecture,
    license: values.license,
  };
}

async function createTrainer(
  tf: TensorFlow,
  recipe: Recipe,
  photos: { train: PhotoSet; validation: PhotoSet },
): Promise<Trainer> {
  const checkpointFile =
    values.checkpoint ?? path.join(homedir(), '.cache/face-age/train', `${values.name}.checkpoint`);
  await mkdir(path.dirname(checkpointFile), { recursive: true });
  const log = new TensorBoardLog(tf, values.tensorboard ?? `${checkpointFile}.tensorboard`);
  return new Trainer(tf, {
    ...photos,
    recipe,
    normalisation: preprocess,
    checkpointFile,
    checkpointIntervalMs: CHECKPOINT_INTERVAL_MS,
    resume: values.resume,
    stop: stopOnInterrupt(),
    onEpoch: (report) => {
      print(report, recipe);
      log.write(report);
    },
  });
}

/** The first Ctrl-C ends the run with a checkpoint, the second one at once. */
function stopOnInterrupt(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

async function promote(alias: string, version: number): Promise<void> {
  const updatedAt = new Date().toISOString();
  await writeAlias(values.models, values.name, alias, {
    version,
    previous: null,
    updatedAt,
    by: 'train',
    reason: 'trained',
    history: [],
  });
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
