export interface OneCycleOptions {
  peak: number;
  /** Share of the steps during which the rate rises. */
  warmUpShare: number;
  /** The final rate, as a share of the peak. */
  finalShare: number;
}

/**
 * One-cycle learning rate (Smith and Topin, "Super-Convergence", 2019): a cosine ramp up to the peak, then a longer one
 * down.
 * @param progress from 0 at the first step to 1 at the last
 */
export function oneCycle(
  progress: number,
  { peak, warmUpShare, finalShare }: OneCycleOptions,
): number {
  if (progress < warmUpShare) return peak * (0.04 + 0.96 * easeInOut(progress / warmUpShare));
  return peak * (1 - (1 - finalShare) * easeInOut((progress - warmUpShare) / (1 - warmUpShare)));
}

/** Half a cosine wave, from 0 to 1. */
function easeInOut(share: number): number {
  return 0.5 - 0.5 * Math.cos(Math.PI * Math.min(1, share));
}

/**
 * An exponential moving average of the weights (Polyak and Juditsky 1992), which is the model that is evaluated and
 * published. The decay grows from 0, so the average quickly forgets the initial weights.
 */
export class WeightAverage {
  readonly values: Float32Array[];
  readonly #decay: number;
  updates = 0;

  constructor(weights: readonly Float32Array[], decay: number) {
    this.values = weights.map((weight) => Float32Array.from(weight));
    this.#decay = decay;
  }

  update(weights: readonly Float32Array[]): void {
    this.updates++;
    const share = 1 - Math.min(this.#decay, this.updates / (this.updates + 10));
    this.values.forEach((average, index) => blend(average, weights[index]!, share));
  }
}

function blend(average: Float32Array, weight: Float32Array, share: number): void {
  for (let at = 0; at < average.length; at++)
    average[at] = average[at]! + share * (weight[at]! - average[at]!);
}

export interface AdamWOptions {
  /** Decoupled: it is applied to the weights themselves, scaled by the learning rate. */
  weightDecay: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** The values of a weight tensor, and whether weight decay applies to them (to kernels, but not to biases and norms). */
export interface Parameter {
  values: Float32Array;
  decays: boolean;
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019).
 * The state consists of plain arrays, so a checkpoint restores it exactly.
 */
export class AdamW {
  readonly firstMoments: Float32Array[];
  readonly secondMoments: Float32Array[];
  stepCount = 0;
  readonly #parameters: readonly Parameter[];
  readonly #options: AdamWOptions;

  constructor(parameters: readonly Parameter[], options: AdamWOptions) {
    this.#parameters = parameters;
    this.#options = options;
    this.firstMoments = parameters.map(({ values }) => new Float32Array(values.length));
    this.secondMoments = parameters.map(({ values }) => new Float32Array(values.length));
  }

  /** Updates every parameter; `gradients` have the order and the lengths of the parameters. */
  step(gradients: readonly Float32Array[], learningRate: number): void {
    this.stepCount++;
    this.#parameters.forEach((parameter, index) =>
      this.#update(parameter, gradients[index]!, index, learningRate),
    );
  }

  #update(
    { values, decays }: Parameter,
    gradient: Float32Array,
    index: number,
    learningRate: number,
  ): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#options;
    const first = this.firstMoments[index]!;
    const second = this.secondMoments[index]!;
    const firstCorrection = 1 / (1 - beta1 ** this.stepCount);
    const secondCorrection = 1 / (1 - beta2 ** this.stepCount);
    const keep = decays ? 1 - learningRate * weightDecay : 1;
    for (let at = 0; at < values.length; at++) {
      const g = gradient[at]!;
      const m = (first[at] = beta1 * first[at]! + (1 - beta1) * g);
      const v = (second[at] = beta2 * second[at]! + (1 - beta2) * g * g);
      values[at] =
        values[at]! * keep -
        (learningRate * m * firstCorrection) / (Math.sqrt(v * secondCorrection) + epsilon);
    }
  }
}
