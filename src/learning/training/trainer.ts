import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import { architectureOf } from '../networks/architectures.ts';
import { BatchSource } from './batches/batch-source.ts';
import { stepsPerEpoch } from './batches/batch.ts';
import type { PhotoSet } from './batches/photo-set.ts';
import type { TeacherOutputs } from './batches/distillation.ts';
import { CheckpointStore, type CheckpointOptions } from './checkpoint.ts';
import { requireFinite } from './divergence.ts';
import type { EpochReport } from './epoch-report.ts';
import { fusedLayers } from './fused-layers.ts';
import { computeGradients } from './loss.ts';
import { buildNetwork, writeWeights } from './network.ts';
import { oneCycle } from './optimizer.ts';
import { sideOfEpoch } from './recipe.ts';
import { TrainingState } from './training-state.ts';
import { validate } from './validation.ts';
import { weightsFor, type SavedWeight } from './warm-start.ts';

export interface TrainerOptions extends CheckpointOptions {
  train: PhotoSet;
  validation: PhotoSet;
  normalization: { mean: number; std: number };
  /** The outputs of the teachers for the training photos; required if the recipe uses distillation. */
  teacher?: TeacherOutputs | undefined;
  /** The initial weights for a warm start; random weights by default. */
  start?: readonly SavedWeight[] | undefined;
  /** Continue from the checkpoint if there is one. */
  resume: boolean;
  onStep?(step: StepReport): void;
  onEpoch(report: EpochReport): void;
}

/** One step of an epoch, counted from 1. */
export interface StepReport {
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  /** Mean loss of the epoch so far. */
  loss: number;
}

export interface TrainedModel {
  /** Holds the best averaged weights; the caller disposes it. */
  model: tensorflow.LayersModel;
  best: { epoch: number; mae: number };
  history: readonly EpochReport[];
  /** Total over all parts of an interrupted run. */
  trainedSeconds: number;
}

/** One training run, from the first step or from a checkpoint to the last step. */
export class Trainer {
  readonly #tf: TensorFlow;
  readonly #options: TrainerOptions;
  readonly #model: tensorflow.LayersModel;
  readonly #state: TrainingState;
  readonly #steps: number;
  readonly #checkpoints: CheckpointStore;

  /** @throws Error if there are too few photos for a batch; WarmStartError if `start` does not fit the network */
  constructor(tf: TensorFlow, options: TrainerOptions) {
    const { recipe, train } = options;
    this.#tf = tf;
    this.#options = options;
    this.#steps = stepsPerEpoch(train.count, recipe.batchSize);
    if (this.#steps === 0) {
      throw new Error(
        `${train.count} photos are fewer than one batch of ${recipe.batchSize}; reduce batchSize in the recipe`,
      );
    }
    const layers = fusedLayers(tf, () => recipe.seed + this.#state.stepCount);
    this.#model = buildNetwork(tf, recipe, train.side, layers);
    if (options.start !== undefined)
      writeWeights(tf, this.#model, weightsFor(this.#model, options.start));
    this.#state = new TrainingState(tf, this.#model, recipe);
    this.#checkpoints = new CheckpointStore(options);
  }

  /**
   * Trains until the last epoch, or until early stopping ends the run.
   * @throws TrainingStoppedError if `stop` was aborted; the checkpoint then holds all progress
   * @throws TrainingDivergedError if the loss is not a number any more; the checkpoint is from before
   */
  async run(): Promise<TrainedModel> {
    if (this.#options.resume) await this.#checkpoints.restore(this.#state);
    const { recipe, train, normalization } = this.#options;
    const { answers } = architectureOf(recipe.architecture);
    const teacher = this.#teacher();
    const source = new BatchSource(train, { ...recipe, ...normalization, answers, teacher });
    try {
      while (!this.#isDone()) await this.#runEpoch(source);
    } finally {
      await source.close();
    }
    this.#state.loadBest();
    const { best, history, trainedSeconds } = this.#state.progress;
    return { model: this.#model, best, history, trainedSeconds };
  }

  #teacher() {
    const { recipe, teacher } = this.#options;
    if (recipe.distillation === null) return undefined;
    if (teacher === undefined)
      throw new Error('the recipe uses distillation, but the outputs of the teachers are missing');
    return { outputs: teacher, weight: recipe.distillation.weight };
  }

  #isDone(): boolean {
    const { epochs, patience } = this.#options.recipe;
    const { epochsDone, best } = this.#state.progress;
    return epochsDone >= epochs || (patience > 0 && epochsDone - best.epoch >= patience);
  }

  async #runEpoch(source: BatchSource): Promise<void> {
    const { progress } = this.#state;
    const side = sideOfEpoch(progress.epochsDone, this.#options.recipe, this.#options.train.side);
    const part = { epoch: progress.epochsDone, side, firstStep: progress.stepsDone };
    const before = { startMs: performance.now(), waitedMs: source.waitedMs };
    let lastStepMs = before.startMs;
    for await (const batch of source.epoch(part)) {
      const { variables } = this.#state;
      const gradients = computeGradients(
        this.#tf,
        this.#model,
        variables,
        batch,
        this.#stepOptions(),
      );
      requireFinite(gradients, { ...progress, learningRate: this.#learningRate() });
      this.#state.step(gradients, this.#learningRate());
      const nowMs = performance.now();
      progress.trainedSeconds += (nowMs - lastStepMs) / 1000;
      lastStepMs = nowMs;
      this.#reportStep();
      await this.#checkpoints.saveWithinEpoch(this.#state);
    }
    this.#finishEpoch(side, {
      seconds: (performance.now() - before.startMs) / 1000,
      waitedSeconds: (source.waitedMs - before.waitedMs) / 1000,
    });
    await this.#checkpoints.save(this.#state);
    this.#options.onEpoch(progress.history.at(-1)!);
  }

  #stepOptions() {
    const { architecture, expectedAgeWeight, negatives } = this.#options.recipe;
    const { answers } = architectureOf(architecture);
    return { expectedAgeWeight, answers, faceWeight: negatives?.weight ?? 0 };
  }

  #learningRate(): number {
    const { epochs, learningRate } = this.#options.recipe;
    return oneCycle(this.#state.stepCount / (this.#steps * epochs), learningRate);
  }

  #reportStep(): void {
    const { epochsDone, stepsDone, lossSum } = this.#state.progress;
    this.#options.onStep?.({
      epoch: epochsDone + 1,
      epochs: this.#options.recipe.epochs,
      step: stepsDone,
      steps: this.#steps,
      loss: lossSum / stepsDone,
    });
  }

  /** Evaluates the averaged weights on the validation photos and remembers them if they are the best so far. */
  #finishEpoch(side: number, time: { seconds: number; waitedSeconds: number }): void {
    const { validation, normalization, recipe } = this.#options;
    const { progress } = this.#state;
    const { answers } = this.#stepOptions();
    const startMs = performance.now();
    const { mae, accuracy } = this.#state.withAverage(() =>
      validate(this.#tf, this.#model, validation, { ...normalization, answers }),
    );
    const validationSeconds = (performance.now() - startMs) / 1000;
    const seconds = time.seconds + validationSeconds;
    progress.trainedSeconds += validationSeconds;
    progress.epochsDone++;
    progress.history.push({
      epoch: progress.epochsDone,
      epochs: recipe.epochs,
      loss: progress.lossSum / this.#steps,
      learningRate: this.#learningRate(),
      side,
      validationMae: mae,
      validationAccuracy: accuracy,
      seconds,
      waitingShare: time.waitedSeconds / seconds,
      tensors: this.#tf.memory().numTensors,
    });
    progress.stepsDone = 0;
    progress.lossSum = 0;
    if (mae < progress.best.mae) this.#state.rememberBest(mae);
  }
}
