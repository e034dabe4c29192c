import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { TrainingPhotos as TrainedOn } from '../../src/dataset/training-photos.ts';
import { loadTensorFlow, type TensorFlow } from '../../src/engine/tensorflow-runtime.ts';
import { architectureOf } from '../../src/network/architectures/architectures.ts';
import { defaultPreprocessSpec as preprocess } from '../../src/preprocess/spec.ts';
import { createProgress } from '../../src/progress.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import { describeDataset } from '../../src/training/dataset-description.ts';
import type { PhotoSet } from '../../src/training/photo-set.ts';
import type { Recipe } from '../../src/training/recipe.ts';
import { sideOfEpoch } from '../../src/training/resolution.ts';
import { teacherAnswers, type TeacherAnswers } from '../../src/training/teacher.ts';
import { TensorBoardLog } from '../../src/training/tensorboard-log.ts';
import { Trainer, type TrainedModel } from '../../src/training/trainer.ts';
import { writeVersion, type WrittenVersion } from '../../src/training/version-writer.ts';
import { openPhotos, type TrainingPhotos } from './training-photos.ts';
import { readRecipe } from './recipe-file.ts';
import { RunProgress } from './run-progress.ts';
import type { TrainingWish } from './wish.ts';

/**
 * Trains as wished and, unless settings are only compared, writes the version.
 * @param stop ends the run after the step under way, with a checkpoint
 * @returns the version, or undefined where none was wanted
 */
export async function train(
  wish: TrainingWish,
  stop: AbortSignal,
): Promise<WrittenVersion | undefined> {
  const recipe = await readRecipe(wish);
  const photos = await openPhotos(wish, recipe.feedbackWeight);
  try {
    return await trainOn({ wish, recipe, photos, stop });
  } finally {
    await photos.close();
  }
}

async function trainOn(parts: Omit<RunParts, 'teacher'>): Promise<WrittenVersion | undefined> {
  const { wish, recipe, photos } = parts;
  const teacher = await askTeachers(wish, recipe, photos.train);
  const tf = loadTensorFlow();
  const trained = await run(tf, { ...parts, teacher });
  const { mae, epoch } = trained.best;
  console.log(`best: validation MAE ${mae.toFixed(3)} years after epoch ${epoch}`);
  return wish.tuning ? undefined : write(tf, parts, trained);
}

/** The answers of the recipe's teachers, where it has any. */
async function askTeachers(
  { models, name }: TrainingWish,
  { distillation, architecture }: Recipe,
  train: PhotoSet,
): Promise<TeacherAnswers | undefined> {
  if (distillation === null) return undefined;
  if (architectureOf(architecture).answers !== 'age-distribution')
    throw new Error(`${architecture} answers with decades and cannot learn from teachers of ages`);
  const progress = createProgress('answers of teachers');
  try {
    return await teacherAnswers(train, {
      teachers: distillation.teachers,
      registry: { location: models, name, alias: 'production' },
      normalisation: preprocess,
      onProgress: (done, total) => progress.update(done, total),
    });
  } finally {
    progress.stop();
  }
}

/** What a run is made from. */
interface RunParts {
  wish: TrainingWish;
  recipe: Recipe;
  photos: TrainingPhotos;
  teacher: TeacherAnswers | undefined;
  stop: AbortSignal;
}

async function run(
  tf: TensorFlow,
  { wish, recipe, photos, teacher, stop }: RunParts,
): Promise<TrainedModel> {
  await mkdir(path.dirname(wish.checkpoint), { recursive: true });
  const log = new TensorBoardLog(tf, wish.tensorboard);
  const progress = new RunProgress((epoch) => sideOfEpoch(epoch, recipe, preprocess.width));
  const trainer = new Trainer(tf, {
    train: photos.train,
    validation: photos.validation,
    recipe,
    teacher,
    fingerprint: photos.choice.fingerprint,
    normalisation: preprocess,
    checkpointFile: wish.checkpoint,
    checkpointIntervalMs: wish['checkpoint-every'] * 1000,
    resume: wish.resume,
    stop,
    onStep: (report) => progress.step(report),
    onEpoch: (report) => {
      progress.finishEpoch(report);
      log.write(report);
    },
  });
  try {
    return await trainer.run();
  } finally {
    progress.stop();
  }
}

function write(
  tf: TensorFlow,
  { wish, recipe, photos }: Pick<RunParts, 'wish' | 'recipe' | 'photos'>,
  { model, history, trainedSeconds }: TrainedModel,
): Promise<WrittenVersion> {
  const { architecture, seed, feedbackWeight } = recipe;
  const { validationSplit } = photos;
  return writeVersion(tf, new FileRegistry(wish.models), {
    model,
    answers: architectureOf(architecture).answers,
    preprocess,
    validation: { photos: photos.validation, labelled: photos.labelled },
    ...(photos.feedbackValidation && { feedback: photos.feedbackValidation }),
    history,
    trainingPhotos: TrainedOn.of(photos.choice.trainedOn),
    about: {
      name: wish.name,
      parent: null,
      gitCommit: gitCommit(),
      architecture,
      license: wish.license,
      dataset: describeDataset(photos.dataset, photos.choice, { validationSplit, feedbackWeight }),
      training: { seed, recipe, durationSeconds: Math.round(trainedSeconds) },
    },
  });
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
