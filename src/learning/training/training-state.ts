import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import type { Checkpoint, CheckpointedState, CheckpointOptions, Progress } from './checkpoint.ts';
import type { LossAndGradients } from './loss.ts';
import { assign, readWeights, trainableVariables, writeWeights } from './network.ts';
import { AdamW, WeightAverage } from './optimizer.ts';
import type { Recipe } from './recipe.ts';

/**
 * Everything that changes during a run: the weights of the network, the state of the optimizer, the average of the
 * weights, the best average so far, and the progress. A checkpoint holds all of it.
 */
export class TrainingState implements CheckpointedState {
  progress: Progress = {
    epochsDone: 0,
    stepsDone: 0,
    lossSum: 0,
    trainedSeconds: 0,
    best: { epoch: 0, mae: Number.MAX_VALUE },
    history: [],
  };
  readonly variables: tensorflow.Variable[];
  readonly #tf: TensorFlow;
  readonly #model: tensorflow.LayersModel;
  readonly #parameters: Float32Array[];
  readonly #optimizer: AdamW;
  readonly #average: WeightAverage;
  #bestWeights: Float32Array[];

  constructor(tf: TensorFlow, model: tensorflow.LayersModel, recipe: Recipe) {
    this.#tf = tf;
    this.#model = model;
    this.variables = trainableVariables(model);
    this.#parameters = this.variables.map((variable) => variable.dataSync<'float32'>().slice());
    this.#optimizer = new AdamW(
      this.#parameters.map((values, index) => ({
        values,
        decays: this.variables[index]!.rank > 1,
      })),
      recipe.optimizer,
    );
    this.#average = new WeightAverage(readWeights(model), recipe.averageDecay);
    this.#bestWeights = this.#average.values;
  }

  /** Number of optimizer steps since the start of the run. */
  get stepCount(): number {
    return this.#optimizer.stepCount;
  }

  step({ gradients, loss }: LossAndGradients, learningRate: number): void {
    this.#optimizer.step(gradients, learningRate);
    this.variables.forEach((variable, index) =>
      assign(this.#tf, variable, this.#parameters[index]!),
    );
    this.#average.update(readWeights(this.#model));
    this.progress.stepsDone++;
    this.progress.lossSum += loss;
  }

  /** Runs `use` with the averaged weights in the network, then restores the current weights. */
  withAverage<Result>(use: () => Result): Result {
    const current = readWeights(this.#model);
    writeWeights(this.#tf, this.#model, this.#average.values);
    try {
      return use();
    } finally {
      writeWeights(this.#tf, this.#model, current);
    }
  }

  /** Remembers the current average as the best so far. */
  rememberBest(mae: number): void {
    this.progress.best = { epoch: this.progress.epochsDone, mae };
    this.#bestWeights = this.#average.values.map((values) => values.slice());
  }

  loadBest(): void {
    writeWeights(this.#tf, this.#model, this.#bestWeights);
  }

  toCheckpoint({
    recipe,
    fingerprint,
    parent = null,
  }: Pick<CheckpointOptions, 'recipe' | 'fingerprint' | 'parent'>): Checkpoint {
    const { firstMoments, secondMoments, stepCount } = this.#optimizer;
    return {
      recipe: JSON.stringify(recipe),
      fingerprint,
      parent,
      optimizerSteps: stepCount,
      averageUpdates: this.#average.updates,
      progress: this.progress,
      arrays: [
        readWeights(this.#model),
        this.#average.values,
        firstMoments,
        secondMoments,
        this.#bestWeights,
      ],
    };
  }

  restore(checkpoint: Checkpoint): void {
    const [weights, average, firstMoments, secondMoments, bestWeights] = checkpoint.arrays;
    writeWeights(this.#tf, this.#model, weights!);
    this.variables.forEach((variable, index) =>
      this.#parameters[index]!.set(variable.dataSync<'float32'>()),
    );
    copyInto(this.#optimizer.firstMoments, firstMoments!);
    copyInto(this.#optimizer.secondMoments, secondMoments!);
    copyInto(this.#average.values, average!);
    this.#optimizer.stepCount = checkpoint.optimizerSteps;
    this.#average.updates = checkpoint.averageUpdates;
    this.#bestWeights = bestWeights!;
    this.progress = checkpoint.progress;
  }
}

function copyInto(targets: readonly Float32Array[], sources: readonly Float32Array[]): void {
  targets.forEach((target, index) => target.set(sources[index]!));
}
