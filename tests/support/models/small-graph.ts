import * as ort from '../../../src/inference/engine/onnx-runtime.ts';
import { GraphBuilder } from '../../../src/learning/onnx/graph.ts';
import type { GraphProto } from '../../../src/learning/onnx/proto.ts';
import { seededRandom } from '../../../src/common/random.ts';

export const SMALL_SIDE = 8;
export const SMALL_OUTPUTS = 5;
const CHANNELS = 4;

/**
 * Builds a small residual network: a convolution, a block whose shortcut averages over windows of 2 × 2, global average
 * pooling, and a softmax.
 */
export function smallGraph(): GraphProto {
  const random = seededRandom(7);
  const builder = new GraphBuilder(['pixels', 'answers']);
  const weights = (name: string, ...dims: number[]): string => {
    const size = dims.reduce((product, length) => product * length, 1);
    return builder.constant(
      name,
      dims,
      Float32Array.from({ length: size }, () => random() - 0.4),
    );
  };
  const conv = (name: string, input: string, inputs: number, size: number, stride = 1): string =>
    builder.node(
      'Conv',
      name,
      [
        input,
        weights(`${name}/kernel`, CHANNELS, inputs, size, size),
        weights(`${name}/bias`, CHANNELS),
      ],
      { kernel_shape: [size, size], strides: [stride, stride], pads: padsOf(size, stride) },
    );
  const target = builder.integers('shape', [0, 1, SMALL_SIDE, SMALL_SIDE]);
  const image = builder.node('Reshape', 'image', ['pixels', target]);
  const stem = builder.node('Relu', 'stem_relu', [conv('stem', image, 1, 3)]);
  const long = conv(
    'b',
    builder.node('Relu', 'a_relu', [conv('a', stem, CHANNELS, 3, 2)]),
    CHANNELS,
    3,
  );
  const window = {
    kernel_shape: [2, 2],
    strides: [2, 2],
    pads: [0, 0, 0, 0],
    count_include_pad: 0,
  };
  const pooled = builder.node('AveragePool', 'shortcut_pool', [stem], window);
  const sum = builder.node('Add', 'add', [long, conv('shortcut', pooled, CHANNELS, 1)]);
  const means = builder.node('GlobalAveragePool', 'means', [builder.node('Relu', 'relu', [sum])]);
  const flat = builder.node('Flatten', 'flat', [means]);
  const last = [
    weights('gemm/kernel', CHANNELS, SMALL_OUTPUTS),
    weights('gemm/bias', SMALL_OUTPUTS),
  ];
  const logits = builder.node('Gemm', 'gemm', [flat, ...last]);
  const answers = builder.node('Softmax', 'softmax', [logits], { axis: -1 });
  return builder.build({ name: 'pixels', shape: [SMALL_SIDE, SMALL_SIDE, 1] }, answers, {
    name: 'answers',
    shape: [SMALL_OUTPUTS],
  });
}

/** Padding with which a stride of 1 keeps the size and a stride of 2 halves it. */
function padsOf(size: number, stride: number): number[] {
  const before = Math.floor((size - stride) / 2);
  const after = size - stride - before;
  return stride === 1 || size > 1 ? [before, before, after, after] : [0, 0, 0, 0];
}

/** Runs a network in the real onnxruntime, without integer saturation on CPUs without VNNI. */
export async function answerOf(
  file: Uint8Array,
  pixels: Float32Array,
  dims: readonly number[],
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(file, {
    intraOpNumThreads: 1,
    extra: { session: { x64quantprecision: '1' } },
  });
  try {
    const outputs = await session.run({ pixels: new ort.Tensor('float32', pixels, dims) });
    return outputs[session.outputNames[0]!]!.data as Float32Array;
  } finally {
    await session.release();
  }
}
