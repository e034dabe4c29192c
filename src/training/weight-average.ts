/**
 * An exponential moving average of the weights (Polyak and Juditsky 1992): the model that is evaluated and shipped.
 * Early steps count for more (decay grows from 0), so the average forgets the random start.
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
