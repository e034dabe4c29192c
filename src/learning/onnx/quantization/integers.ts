/**
 * Affine and symmetric quantisation to 8 bits, as ONNX's QuantizeLinear and DequantizeLinear understand it:
 * real = scale × (integer − zero point). Jacob et al. 2018, "Quantization and Training of Neural Networks for
 * Efficient Integer-Arithmetic-Only Inference" (arXiv:1712.05877).
 */

/** The values that an activation takes. */
export interface Range {
  min: number;
  max: number;
}

/** An activation as uint8. */
export interface ActivationScale {
  scale: number;
  zeroPoint: number;
}

/** The largest int8 weight: −128 is left out, so that the scale is symmetric. */
const MOST_WEIGHT = 127;
/** Room is left below 2³¹ for the sum of products that a bias is added to. */
const MOST_BIAS = 2 ** 30;

/** Of what is all but always 0; a product of two such scales is still a float32. */
const LEAST_SCALE = 1e-18;

/** Maps a range, widened to hold 0, on 0…255; 0 itself is met exactly, as padding needs it. */
export function activationScale(range: Range): ActivationScale {
  const min = Math.min(range.min, 0);
  const width = Math.max(range.max, 0) - min;
  const scale = Math.fround(Math.max(width / 255, LEAST_SCALE));
  return { scale, zeroPoint: Math.round(Math.abs(min) / scale) };
}

/** Weights of a layer as int8 with a scale for each output channel, and its biases on the scale of the products. */
export interface IntegerWeights {
  weights: Int8Array;
  weightScales: Float32Array;
  biases: Int32Array;
  /** Input scale × weight scale, by channel. */
  biasScales: Float32Array;
}

/**
 * @param weights output channels first
 * @param biases one for each output channel
 * @param inputScale of the activation that the layer takes
 */
export function integerWeights(
  weights: Float32Array,
  biases: Float32Array,
  inputScale: number,
): IntegerWeights {
  const perChannel = weights.length / biases.length;
  const scaleOf = (bias: number, channel: number): number => {
    const own = weights.subarray(channel * perChannel, (channel + 1) * perChannel);
    return weightScale(own, Math.abs(bias) / inputScale);
  };
  const weightScales = Float32Array.from(biases, scaleOf);
  const biasScales = weightScales.map((scale) => scale * inputScale);
  return {
    weights: Int8Array.from(weights, (value, index) =>
      nearest(value / weightScales[Math.floor(index / perChannel)]!, MOST_WEIGHT),
    ),
    weightScales,
    biases: Int32Array.from(biases, (bias, channel) =>
      nearest(bias / biasScales[channel]!, 2 * MOST_BIAS - 1),
    ),
    biasScales,
  };
}

/** Of a channel whose weights are all but nothing, the scale follows from its bias, which must fit into its integer. */
function weightScale(weights: Float32Array, biasPerInput: number): number {
  const largest = weights.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Math.max(largest / MOST_WEIGHT, biasPerInput / MOST_BIAS, LEAST_SCALE);
}

function nearest(value: number, most: number): number {
  return Math.min(Math.max(Math.round(value), -most), most);
}
