import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/common/random.ts';
import { observeRanges } from '../../../../src/inference/engine/onnx-engine.ts';
import { type GraphProto, encodeModel } from '../../../../src/learning/onnx/proto.ts';
import {
  withOutputs,
  foldAveragePools,
} from '../../../../src/learning/onnx/quantization/pool-folding.ts';
import { quantize } from '../../../../src/learning/onnx/quantization/quantize.ts';
import { valuesToQuantize } from '../../../../src/learning/onnx/quantization/values.ts';
import {
  answerOf,
  SMALL_OUTPUTS,
  SMALL_SIDE,
  smallGraph,
} from '../../../support/models/small-graph.ts';

const spec = { width: SMALL_SIDE, height: SMALL_SIDE, mean: 0.5, std: 0.25 };
const PIXELS = SMALL_SIDE * SMALL_SIDE;

function picture(seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: PIXELS }, () => random() * 256);
}

const normalized = (gray: Uint8Array) =>
  Float32Array.from(gray, (level) => (level / 255 - spec.mean) / spec.std);

const outputsFor = (graph: GraphProto, gray: Uint8Array) =>
  answerOf(encodeModel(graph, 'tests'), normalized(gray), [1, SMALL_SIDE, SMALL_SIDE, 1]);

async function rangesOf(graph: GraphProto, pictures: Iterable<Uint8Array>) {
  const observable = withOutputs(graph, valuesToQuantize(graph));
  return observeRanges(encodeModel(observable, 'tests'), spec, pictures);
}

const largestDifference = (one: Float32Array, other: Float32Array) =>
  Math.max(...one.map((value, index) => Math.abs(value - other[index]!)));

const hundred = Array.from({ length: 100 }, (_, seed) => picture(seed));

describe('valuesToQuantize', () => {
  it('returns the inputs and outputs of integer operators, after the ReLU if there is one', () => {
    expect(valuesToQuantize(smallGraph()).toSorted()).toEqual(
      [
        'a_relu',
        'b',
        'image',
        'means',
        'relu',
        'shortcut',
        'shortcut_pool',
        'stem_relu',
      ].toSorted(),
    );
  });
});

describe('observeRanges', () => {
  it('finds the minimum and maximum of each output over all pictures', async () => {
    const graph = withOutputs(smallGraph(), ['image', 'stem_relu']);
    const dark = new Uint8Array(PIXELS).fill(10);
    const bright = new Uint8Array(PIXELS).fill(250);
    const ranges = await observeRanges(encodeModel(graph, 'tests'), spec, [bright, dark]);
    expect(ranges.get('image')!.min).toBeCloseTo((10 / 255 - 0.5) / 0.25);
    expect(ranges.get('image')!.max).toBeCloseTo((250 / 255 - 0.5) / 0.25);
    expect(ranges.get('stem_relu')!.min).toBe(0);
    expect([...ranges.keys()].toSorted()).toEqual(['answers', 'image', 'stem_relu']);
  });
});

describe('foldAveragePools', () => {
  it('gives the same outputs with a single convolution', async () => {
    const graph = smallGraph();
    const folded = foldAveragePools(graph);
    expect(folded.node.map(({ op_type: type }) => type)).not.toContain('AveragePool');
    for (const gray of hundred.slice(0, 5)) {
      const difference = largestDifference(
        await outputsFor(graph, gray),
        await outputsFor(folded, gray),
      );
      expect(difference).toBeLessThan(1e-6);
    }
  });

  it('keeps a pool that has other readers or padding', () => {
    const read = withOutputs(smallGraph(), ['shortcut_pool']);
    expect(foldAveragePools(read)).toEqual(read);
    const graph = smallGraph();
    const node = graph.node.map((each) =>
      each.op_type === 'AveragePool'
        ? {
            ...each,
            attribute: each.attribute.map((one) =>
              one.name === 'pads' ? { ...one, ints: [0, 0, 1, 1] } : one,
            ),
          }
        : each,
    );
    expect(foldAveragePools({ ...graph, node }).node).toHaveLength(node.length);
  });
});

describe('quantize', () => {
  it('gives almost the same outputs as the float32 network', async () => {
    const graph = smallGraph();
    const integers = quantize(graph, await rangesOf(graph, hundred));
    for (const seed of [1000, 1001, 1002]) {
      const expected = await outputsFor(graph, picture(seed));
      const answers = await outputsFor(integers, picture(seed));
      expect(answers).toHaveLength(SMALL_OUTPUTS);
      expect(largestDifference(answers, expected)).toBeLessThan(0.02);
      expect(answers).not.toEqual(expected);
    }
  });

  it('stores weights as int8 without a float copy', async () => {
    const graph = smallGraph();
    const { initializer } = quantize(graph, await rangesOf(graph, hundred));
    const weights = initializer.find(({ name }) => name === 'a/weights/integers');
    expect(weights).toMatchObject({ data_type: 3, dims: [4, 4, 3, 3] });
    expect(initializer.map(({ name }) => name)).not.toContain('a/kernel');
  });

  it('inserts nothing between a convolution and its ReLU, and a pair after each ReLU', async () => {
    const graph = smallGraph();
    const { node } = quantize(graph, await rangesOf(graph, hundred));
    const readersOf = (value: string) =>
      node.filter(({ input }) => input.includes(value)).map(({ op_type: type }) => type);
    expect(readersOf('stem')).toEqual(['Relu']);
    expect(readersOf('stem_relu')).toEqual(['QuantizeLinear']);
    expect(readersOf('stem_relu/uint8')).toEqual(['DequantizeLinear']);
  });

  it('names a value whose range is missing', () => {
    expect(() => quantize(smallGraph(), new Map())).toThrow(/The range of image is missing/);
  });
});
