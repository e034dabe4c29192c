import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createProgress, type Progress } from '../../common/progress.ts';
import type { TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import { defaultPreprocessSpec as preprocess } from '../../inference/preprocess/spec.ts';
import type { ReferenceDefaults } from '../../registry/model-reference.ts';
import { removeAbandoned } from '../../registry/partial-folder.ts';
import { architectureOf } from '../networks/architectures.ts';
import { teacherOutputs, type TeacherOutputs } from './batches/distillation.ts';
import type { TrainingPhotos } from './batches/open-photos.ts';
import { learnedNothing } from './divergence.ts';
import type { Beginning } from './warm-start.ts';
import { type EpochReport, remainingSeconds, TensorBoardLog } from './epoch-report.ts';
import { type Recipe, sideOfEpoch } from './recipe.ts';
import { type StepReport, Trainer, type TrainedModel } from './trainer.ts';

/** Between two lines within an epoch, where there is no terminal. */
const LINE_EVERY_MS = 60_000;

/** Shows the progress of a run: a bar within each epoch, a line of figures after it. */
export class RunProgress {
  readonly #sideAt: (epoch: number) => number;
  readonly #log: (text: string) => void;
  #epoch = 0;
  #bar: Progress | undefined;

  /** @param sideAt the side of the photos in an epoch, counted from 0 */
  constructor(sideAt: (epoch: number) => number, log: (text: string) => void) {
    this.#sideAt = sideAt;
    this.#log = log;
  }

  step({ epoch, epochs, step, steps, loss }: StepReport): void {
    if (epoch !== this.#epoch) this.#begin(epoch, epochs);
    this.#bar!.update(step, steps, `loss ${loss.toFixed(3)}`);
  }

  finishEpoch(report: EpochReport): void {
    this.stop();
    this.#log(this.#lineOf(report));
  }

  /** Removes the bar. */
  stop(): void {
    this.#bar?.stop();
  }

  #begin(epoch: number, epochs: number): void {
    this.stop();
    this.#epoch = epoch;
    this.#bar = createProgress(`epoch ${epoch}/${epochs}`, { lineEveryMs: LINE_EVERY_MS });
  }

  #lineOf(report: EpochReport): string {
    const { epoch, epochs, loss, validationMae, validationAccuracy, waitingShare } = report;
    const minutes = remainingSeconds(report, this.#sideAt) / 60;
    return (
      `epoch ${epoch}/${epochs}  loss ${loss.toFixed(3)}  validation MAE ${validationMae.toFixed(3)} years, ` +
      `decade ${validationAccuracy.toFixed(3)}  ${report.seconds.toFixed(0)} s, ` +
      `${(waitingShare * 100).toFixed(1)} % waiting for data, ${minutes.toFixed(0)} min to go`
    );
  }
}

/** Where a run saves its state and its curves. */
export interface CheckpointOptions {
  /** The checkpoint file. */
  checkpoint: string;
  /** Seconds between two checkpoints within an epoch. */
  checkpointEvery: number;
  /** The folder for TensorBoard event files. */
  tensorboard: string;
  /** Continue from the checkpoint, if there is one. */
  resume: boolean;
}

/** What a run is made from. */
export interface RunParts {
  options: CheckpointOptions;
  recipe: Recipe;
  start: Beginning['start'];
  photos: TrainingPhotos;
  /** Where the recipe's teachers are looked up. */
  registry: ReferenceDefaults;
  stop: AbortSignal;
  log: (text: string) => void;
  onStep?: (report: StepReport) => void;
}

/** Trains to the end; resumes from the checkpoint where the options ask for it. */
export async function runTraining(tf: TensorFlow, parts: RunParts): Promise<TrainedModel> {
  const { options, recipe, start, photos, stop, log, onStep } = parts;
  const teacher = await askTeachers(parts);
  await mkdir(path.dirname(options.checkpoint), { recursive: true });
  await removeAbandoned(path.dirname(options.checkpoint));
  const curves = new TensorBoardLog(tf, options.tensorboard);
  const sideAt = (epoch: number) => sideOfEpoch(epoch, recipe, preprocess.width);
  const progress = new RunProgress(sideAt, log);
  const trainer = new Trainer(tf, {
    train: photos.train,
    validation: photos.validation,
    recipe,
    teacher,
    start: start?.weights,
    parent: start?.version ?? null,
    fingerprint: photos.selection.fingerprint,
    normalization: preprocess,
    checkpointFile: options.checkpoint,
    checkpointIntervalMs: options.checkpointEvery * 1000,
    resume: options.resume,
    stop,
    onStep: (report) => {
      progress.step(report);
      onStep?.(report);
    },
    onEpoch: (report) => {
      progress.finishEpoch(report);
      curves.write(report);
    },
  });
  try {
    const trained = await trainer.run();
    reportBest(trained, parts);
    return trained;
  } finally {
    progress.stop();
  }
}

function reportBest({ best: { mae, epoch } }: TrainedModel, { photos, log }: RunParts): void {
  log(`best: validation MAE ${mae.toFixed(3)} years after epoch ${epoch}`);
  const warning = learnedNothing(mae, photos.validation);
  if (warning !== undefined) log(warning);
}

/** The predictions of the recipe's teachers; undefined without distillation. */
async function askTeachers({
  recipe: { distillation, architecture },
  photos,
  registry,
}: RunParts): Promise<TeacherOutputs | undefined> {
  if (distillation === null) return undefined;
  if (architectureOf(architecture).answers !== 'age-distribution')
    throw new Error(
      `${architecture} predicts decades, so it cannot be distilled from teachers that predict ages`,
    );
  const progress = createProgress('answers of teachers');
  try {
    return await teacherOutputs(photos.train, {
      teachers: distillation.teachers,
      registry,
      normalization: preprocess,
      onProgress: (done, total) => progress.update(done, total),
    });
  } finally {
    progress.stop();
  }
}
