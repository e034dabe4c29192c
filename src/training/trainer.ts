import type { tensorflow, TensorFlow } from '../engine/tensorflow-runtime.ts';
import { residual } from '../network/architectures/residual.ts';
import { AdamW } from './adamw.ts';
import { BatchSource } from './batch-source.ts';
import { stepsPerEpoch, type TrainingBatch } from './batch.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { fusedLayers } from './fused-layers.ts';
import { ageLoss } from './loss.ts';
import { assign, readWeights, trainableVariables, writeWeights } from './network-weights.ts';
import type { PhotoSet } from './photo-set.ts';
import { predictAges } from './predict-ages.ts';
import type { Recipe } from './recipe.ts';
import { oneCycle } from './schedule.ts';
import { AGE_COUNT } from './targets.ts';
import { WeightAverage } from './weight-average.ts';

export interface TrainerOptions {
  recipe: Recipe;
  train: PhotoSet;
  validation: PhotoSet;
  normalisation: { mean: number; std: number };
  checkpointFile: string;
  /** Continue from the checkpoint where there is one of the same recipe. */
  resume: boolean;
  onEpoch(report: EpochReport): void;
}

export interface EpochReport {
  epoch: number;
  epochs: number;
  loss: number;
  /** Mean absolute error of the averaged weights on the validation photos, years. */
  validationMae: number;
  seconds: number;
  /** Share of the time that TensorFlow waited for data. */
  waitingShare: number;
  tensors: number;
}

export interface TrainedModel {
  /** With the best average of the weights. */
  model: tensorflow.LayersModel;
  best: { epoch: number; mae: number };
  /** Over all parts of an interrupted run. */
  trainedSeconds: number;
}

/** A run whose checkpoint belongs to another recipe. */
export class CheckpointMismatchError extends Error {
  override readonly name = 'CheckpointMismatchError';
}

/**
 * One training run: the network, its optimiser, the average of its weights, and the best average so far by
 * validation error. Each epoch ends with a checkpoint.
 */
export class Trainer {
  readonly #tf: TensorFlow;
  readonly #options: TrainerOptions;
  readonly #model: tensorflow.LayersModel;
  readonly #variables: tensorflow.Variable[];
  readonly #parameters: Float32Array[];
  readonly #optimizer: AdamW;
  #average: WeightAverage;
  #best = { epoch: 0, mae: Number.POSITIVE_INFINITY };
  #bestWeights: Float32Array[];
  #epochsDone = 0;
  #trainedSeconds = 0;

  constructor(tf: TensorFlow, options: TrainerOptions) {
    const { recipe, train } = options;
    this.#tf = tf;
    this.#options = options;
    const layers = fusedLayers(tf, () => recipe.seed + this.#optimizer.stepCount);
    this.#model = residual(tf, {
      ...recipe.network,
      width: train.side,
      height: train.side,
      outputs: AGE_COUNT,
      seed: recipe.seed,
      layers,
    });
    this.#variables = trainableVariables(this.#model);
    this.#parameters = this.#variables.map((variable) => variable.dataSync<'float32'>().slice());
    this.#optimizer = new AdamW(
      this.#parameters.map((values, index) => ({
        values,
        decays: this.#variables[index]!.rank > 1,
      })),
      recipe.optimizer,
    );
    this.#average = new WeightAverage(readWeights(this.#model), recipe.averageDecay);
    this.#bestWeights = this.#average.values;
  }

  /** Trains to the last epoch and leaves the best average in the model, which it returns; the caller disposes it. */
  async run(): Promise<TrainedModel> {
    if (this.#options.resume) await this.#restore();
    const { recipe, train, normalisation } = this.#options;
    const source = new BatchSource(train, { ...recipe, ...normalisation });
    try {
      while (this.#epochsDone < recipe.epochs) await this.#epoch(source);
    } finally {
      await source.close();
    }
    writeWeights(this.#tf, this.#model, this.#bestWeights);
    return { model: this.#model, best: this.#best, trainedSeconds: this.#trainedSeconds };
  }

  async #epoch(source: BatchSource): Promise<void> {
    const { recipe, train } = this.#options;
    const startMs = performance.now();
    const waitedBeforeMs = source.waitedMs;
    const steps = stepsPerEpoch(train.count, recipe.batchSize);
    let lossSum = 0;
    for await (const batch of source.epoch(this.#epochsDone)) {
      const progress = this.#optimizer.stepCount / (steps * recipe.epochs);
      lossSum += this.#step(batch, oneCycle(progress, recipe.learningRate));
    }
    this.#epochsDone++;
    const validationMae = this.#evaluate();
    const elapsedMs = performance.now() - startMs;
    this.#trainedSeconds += elapsedMs / 1000;
    await this.#save();
    this.#options.onEpoch({
      epoch: this.#epochsDone,
      epochs: recipe.epochs,
      loss: lossSum / steps,
      validationMae,
      seconds: elapsedMs / 1000,
      waitingShare: (source.waitedMs - waitedBeforeMs) / elapsedMs,
      tensors: this.#tf.memory().numTensors,
    });
  }

  #step(batch: TrainingBatch, learningRate: number): number {
    const { loss, gradients } = this.#gradients(batch);
    this.#optimizer.step(gradients, learningRate);
    this.#variables.forEach((variable, index) =>
      assign(this.#tf, variable, this.#parameters[index]!),
    );
    this.#average.update(readWeights(this.#model));
    return loss;
  }

  #gradients(batch: TrainingBatch): { loss: number; gradients: Float32Array[] } {
    const tf = this.#tf;
    const { train, recipe } = this.#options;
    const rows = batch.ages.length;
    let loss = Number.NaN;
    let gradients: Float32Array[] = [];
    // What tidy returns it searches for tensors, number by number: the arrays leave it by assignment.
    tf.tidy(() => {
      const inputs = tf.tensor4d(batch.inputs, [rows, train.side, train.side, 1]);
      const targets = tf.tensor2d(batch.targets, [rows, AGE_COUNT]);
      const ages = tf.tensor1d(batch.ages);
      const { value, grads } = tf.variableGrads(() => {
        const probabilities = this.#model.apply(inputs, { training: true }) as tensorflow.Tensor2D;
        return ageLoss(tf, probabilities, { targets, ages }, recipe);
      }, this.#variables);
      gradients = this.#variables.map(({ name }) => grads[name]!.dataSync<'float32'>());
      loss = value.dataSync<'float32'>()[0]!;
    });
    return { loss, gradients };
  }

  /** The averaged weights' error on validation; remembers them where they are the best so far. */
  #evaluate(): number {
    const { validation, normalisation } = this.#options;
    const current = readWeights(this.#model);
    writeWeights(this.#tf, this.#model, this.#average.values);
    const predicted = predictAges(this.#tf, this.#model, validation, normalisation);
    writeWeights(this.#tf, this.#model, current);
    const mae =
      predicted.reduce((sum, age, index) => sum + Math.abs(age - validation.ages[index]!), 0) /
      predicted.length;
    if (mae < this.#best.mae) {
      this.#best = { epoch: this.#epochsDone, mae };
      this.#bestWeights = this.#average.values.map((values) => values.slice());
    }
    return mae;
  }

  async #save(): Promise<void> {
    const { firstMoments, secondMoments, stepCount } = this.#optimizer;
    await writeCheckpoint(this.#options.checkpointFile, {
      recipe: JSON.stringify(this.#options.recipe),
      epochsDone: this.#epochsDone,
      optimizerSteps: stepCount,
      averageUpdates: this.#average.updates,
      trainedSeconds: this.#trainedSeconds,
      best: this.#best,
      arrays: [
        readWeights(this.#model),
        this.#average.values,
        firstMoments,
        secondMoments,
        this.#bestWeights,
      ],
    });
  }

  async #restore(): Promise<void> {
    const checkpoint = await readCheckpoint(this.#options.checkpointFile);
    if (checkpoint === undefined) return;
    if (checkpoint.recipe !== JSON.stringify(this.#options.recipe)) {
      throw new CheckpointMismatchError(
        `${this.#options.checkpointFile} belongs to another recipe; give another --checkpoint or leave --resume out`,
      );
    }
    const [weights, average, firstMoments, secondMoments, bestWeights] = checkpoint.arrays;
    writeWeights(this.#tf, this.#model, weights!);
    this.#variables.forEach((variable, index) =>
      this.#parameters[index]!.set(variable.dataSync<'float32'>()),
    );
    copyInto(this.#optimizer.firstMoments, firstMoments!);
    copyInto(this.#optimizer.secondMoments, secondMoments!);
    copyInto(this.#average.values, average!);
    this.#optimizer.stepCount = checkpoint.optimizerSteps;
    this.#average.updates = checkpoint.averageUpdates;
    this.#bestWeights = bestWeights!;
    this.#best = checkpoint.best;
    this.#trainedSeconds = checkpoint.trainedSeconds;
    this.#epochsDone = checkpoint.epochsDone;
  }
}

function copyInto(targets: readonly Float32Array[], sources: readonly Float32Array[]): void {
  targets.forEach((target, index) => target.set(sources[index]!));
}
