/**
 * Affine and symmetric quantization to 8 bits, as defined by ONNX's QuantizeLinear and DequantizeLinear:
 * real = scale × (integer − zero point). Jacob et al. 2018, "Quantization and Training of Neural Networks for
 * Efficient Integer-Arithmetic-Only Inference" (arXiv:1712.05877).
 */

/** The range of values of an activation. */
export interface Range {
  min: number;
  max: number;
}

/** The uint8 quantization parameters of an activation. */
export interface ActivationScale {
  scale: number;
  zeroPoint: number;
}

/** The largest int8 weight: −128 is not used, so that the scale is symmetric. */
const MAX_WEIGHT = 127;
/** Leaves headroom below 2³¹ for the sum of products that a bias is added to. */
const MAX_BIAS = 2 ** 30;

/** Minimum scale, used for values that are almost always 0; the product of two such scales still fits a float32. */
const MIN_SCALE = 1e-18;

/** Maps a range, widened to include 0, onto 0…255. The value 0 is represented exactly, as padding requires. */
export function activationScale(range: Range): ActivationScale {
  const min = Math.min(range.min, 0);
  const width = Math.max(range.max, 0) - min;
  const scale = Math.fround(Math.max(width / 255, MIN_SCALE));
  return { scale, zeroPoint: Math.round(Math.abs(min) / scale) };
}

/** The weights of a layer as int8 with one scale per output channel, and its biases in the scale of the products. */
export interface IntegerWeights {
  weights: Int8Array;
  weightScales: Float32Array;
  biases: Int32Array;
  /** Input scale × weight scale, per channel. */
  biasScales: Float32Array;
}

/**
 * Quantizes the weights and biases of a layer.
 * @param weights output channels first
 * @param biases one per output channel
 * @param inputScale scale of the layer's input activation
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
      roundWithin(value / weightScales[Math.floor(index / perChannel)]!, MAX_WEIGHT),
    ),
    weightScales,
    biases: Int32Array.from(biases, (bias, channel) =>
      roundWithin(bias / biasScales[channel]!, 2 * MAX_BIAS - 1),
    ),
    biasScales,
  };
}

/** If the weights of a channel are almost zero, its bias determines the scale, since the bias must fit its integer. */
function weightScale(weights: Float32Array, biasPerInput: number): number {
  const largest = weights.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return Math.max(largest / MAX_WEIGHT, biasPerInput / MAX_BIAS, MIN_SCALE);
}

function roundWithin(value: number, limit: number): number {
  return Math.min(Math.max(Math.round(value), -limit), limit);
}
