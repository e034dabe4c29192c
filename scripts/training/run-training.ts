import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { TensorFlow } from '../../src/inference/engine/tensorflow-runtime.ts';
import { architectureOf } from '../../src/network/architectures/architectures.ts';
import { defaultPreprocessSpec as preprocess } from '../../src/inference/preprocess/spec.ts';
import { createProgress } from '../../src/common/progress.ts';
import type { ReferenceDefaults } from '../../src/registry/model-reference.ts';
import type { Beginning } from '../../src/training/going-on.ts';
import type { Recipe } from '../../src/training/recipe.ts';
import { sideOfEpoch } from '../../src/training/resolution.ts';
import { teacherAnswers, type TeacherAnswers } from '../../src/training/teacher.ts';
import { TensorBoardLog } from '../../src/training/tensorboard-log.ts';
import { Trainer, type StepReport, type TrainedModel } from '../../src/training/trainer.ts';
import { RunProgress } from './run-progress.ts';
import type { TrainingPhotos } from './training-photos.ts';
import type { TrainingWish } from './wish.ts';

/** What a run is made from. */
export interface RunParts {
  wish: Pick<TrainingWish, 'checkpoint' | 'checkpoint-every' | 'tensorboard' | 'resume'>;
  recipe: Recipe;
  start: Beginning['start'];
  photos: TrainingPhotos;
  /** Where the recipe's teachers are looked up. */
  registry: ReferenceDefaults;
  stop: AbortSignal;
  tell: (text: string) => void;
  onStep?: (report: StepReport) => void;
}

/** Trains to the end, from the run's checkpoint where there is one that is to be gone on from. */
export async function runTraining(tf: TensorFlow, parts: RunParts): Promise<TrainedModel> {
  const { wish, recipe, start, photos, stop, tell, onStep } = parts;
  const teacher = await askTeachers(parts);
  await mkdir(path.dirname(wish.checkpoint), { recursive: true });
  const log = new TensorBoardLog(tf, wish.tensorboard);
  const sideAt = (epoch: number) => sideOfEpoch(epoch, recipe, preprocess.width);
  const progress = new RunProgress(sideAt, tell);
  const trainer = new Trainer(tf, {
    train: photos.train,
    validation: photos.validation,
    recipe,
    teacher,
    start: start?.weights,
    parent: start?.version ?? null,
    fingerprint: photos.choice.fingerprint,
    normalisation: preprocess,
    checkpointFile: wish.checkpoint,
    checkpointIntervalMs: wish['checkpoint-every'] * 1000,
    resume: wish.resume,
    stop,
    onStep: (report) => {
      progress.step(report);
      onStep?.(report);
    },
    onEpoch: (report) => {
      progress.finishEpoch(report);
      log.write(report);
    },
  });
  try {
    const trained = await trainer.run();
    const { mae, epoch } = trained.best;
    tell(`best: validation MAE ${mae.toFixed(3)} years after epoch ${epoch}`);
    return trained;
  } finally {
    progress.stop();
  }
}

/** The answers of the recipe's teachers, where it has any. */
async function askTeachers({
  recipe: { distillation, architecture },
  photos,
  registry,
}: RunParts): Promise<TeacherAnswers | undefined> {
  if (distillation === null) return undefined;
  if (architectureOf(architecture).answers !== 'age-distribution')
    throw new Error(`${architecture} answers with decades and cannot learn from teachers of ages`);
  const progress = createProgress('answers of teachers');
  try {
    return await teacherAnswers(photos.train, {
      teachers: distillation.teachers,
      registry,
      normalisation: preprocess,
      onProgress: (done, total) => progress.update(done, total),
    });
  } finally {
    progress.stop();
  }
}
