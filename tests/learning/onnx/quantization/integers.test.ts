import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activationScale,
  integerWeights,
} from '../../../../src/learning/onnx/quantization/integers.ts';

const finite = fc.float({ min: -1000, max: 1000, noNaN: true });
const inputScales = fc.float({ min: Math.fround(1e-4), max: 100, noNaN: true });

/** Layers with one to six channels of three weights each, and their biases. */
const layers = fc.integer({ min: 1, max: 6 }).chain((channels) =>
  fc.record({
    weights: fc.array(finite, { minLength: 3 * channels, maxLength: 3 * channels }),
    biases: fc.array(finite, { minLength: channels, maxLength: channels }),
    inputScale: inputScales,
  }),
);

describe('activationScale', () => {
  it('represents every value of the range within half a step, and 0 exactly', () => {
    fc.assert(
      fc.property(finite, finite, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, share) => {
        const [min, max] = [Math.min(a, b, 0), Math.max(a, b, 0)];
        const { scale, zeroPoint } = activationScale({ min: Math.min(a, b), max: Math.max(a, b) });
        const value = min + share * (max - min);
        const integer = Math.min(Math.max(Math.round(value / scale) + zeroPoint, 0), 255);
        // The zero point is an integer, so one end of the range may exceed the integers by half a step.
        expect(Math.abs((integer - zeroPoint) * scale - value)).toBeLessThanOrEqual(scale * 1.0001);
        expect(Number.isInteger(zeroPoint) && zeroPoint >= 0 && zeroPoint <= 255).toBe(true);
      }),
    );
  });

  it('uses all 256 integers for the output of a ReLU', () => {
    expect(activationScale({ min: 0, max: 51 })).toEqual({ scale: Math.fround(0.2), zeroPoint: 0 });
  });

  it('has a positive scale for a value that is always 0', () => {
    const { scale, zeroPoint } = activationScale({ min: 0, max: 0 });
    expect(scale).toBeGreaterThan(0);
    expect(zeroPoint).toBe(0);
  });
});

describe('integerWeights', () => {
  it('represents every weight and bias within half a step of its channel', () => {
    fc.assert(
      fc.property(layers, ({ weights, biases, inputScale }) => {
        const kernel = Float32Array.from(weights);
        const integers = integerWeights(kernel, Float32Array.from(biases), inputScale);
        kernel.forEach((weight, index) => {
          const step = integers.weightScales[Math.floor(index / 3)]!;
          const dequantized = integers.weights[index]! * step;
          expect(Math.abs(dequantized - weight)).toBeLessThanOrEqual((step / 2) * 1.0001);
        });
        biases.forEach((bias, channel) => {
          const step = integers.biasScales[channel]!;
          const dequantized = integers.biases[channel]! * step;
          // A float32 scale has a relative error of up to 2⁻²⁴, and so has a bias of 2³⁰ steps.
          const rounding = Math.abs(bias) * 2 ** -22;
          expect(Math.abs(dequantized - bias)).toBeLessThanOrEqual(step / 2 + rounding);
        });
      }),
    );
  });

  it('maps the largest weight of each channel to the largest integer', () => {
    const { weights } = integerWeights(Float32Array.of(1, -2, 0.01, 0.004), new Float32Array(2), 1);
    expect([...weights]).toEqual([64, -127, 127, 51]);
  });

  it('expresses a bias in the scale of the products it is added to', () => {
    const { biasScales, biases } = integerWeights(Float32Array.of(127), Float32Array.of(8), 0.5);
    expect([biasScales[0], biases[0]]).toEqual([0.5, 16]);
  });

  it('preserves the bias of a channel whose weights are zero', () => {
    const { biasScales, biases } = integerWeights(new Float32Array(3), Float32Array.of(5), 0.1);
    expect(biases[0]! * biasScales[0]!).toBeCloseTo(5, 5);
  });
});
