export interface AdamWOptions {
  /** Decoupled: applied to the weights themselves, scaled by the learning rate. */
  weightDecay: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** A weight tensor's values and whether weight decay pulls at them (kernels yes; biases and norms no). */
export interface Parameter {
  values: Float32Array;
  decays: boolean;
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019).
 * The state is plain arrays, so a checkpoint restores it exactly.
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

  /** Moves every parameter one step; `gradients` are in the parameters' order and of their lengths. */
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
      const slope = gradient[at]!;
      const m = (first[at] = beta1 * first[at]! + (1 - beta1) * slope);
      const v = (second[at] = beta2 * second[at]! + (1 - beta2) * slope * slope);
      values[at] =
        values[at]! * keep -
        (learningRate * m * firstCorrection) / (Math.sqrt(v * secondCorrection) + epsilon);
    }
  }
}
