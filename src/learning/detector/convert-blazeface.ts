import type { Attributes } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph.ts';
import { encodeModel } from '../onnx/proto.ts';
import type { Tensor } from '../onnx/weights.ts';
import {
  readTflite,
  TfliteError,
  type OperatorKind,
  type TfliteGraph,
  type TfliteOperator,
  type TfliteTensor,
} from './tflite-model.ts';

/** Gray levels (one channel) or RGB. */
export type DetectorChannels = 1 | 3;

/** Names of the input and the output in the ONNX graph. */
const INPUT = 'pixels';
const OUTPUT = 'anchors';
/** A score, the box's center and size, and six landmarks. */
const VALUES_PER_ANCHOR = 17;
/**
 * onnxruntime's kernels for x64 take channels in blocks of up to 16 and fall back to slower ones for other counts, so
 * every picture gets channels of zeros up to the next multiple.
 */
const CHANNEL_BLOCK = 16;

/**
 * Converts MediaPipe's BlazeFace from TensorFlow Lite to ONNX. The input `pixels` is float32 [n, side, side, channels]
 * in −1…1; the output `anchors` is float32 [n, anchors × 17]: for each anchor its score (a logit), then its sixteen
 * coordinates. A network for gray levels is the same network with the weights of its first layer summed over the colors,
 * which gives what three equal colors would give.
 * @throws TfliteError if the file is not a network of this kind
 */
export function convertBlazeface(file: Uint8Array, channels: DetectorChannels): Uint8Array {
  return encodeModel(new Conversion(readTflite(file), channels).build(), 'face-age');
}

class Conversion {
  readonly #source: TfliteGraph;
  readonly #channels: DetectorChannels;
  readonly #graph = new GraphBuilder([INPUT, OUTPUT]);
  /** The name of each computed tensor; pictures are [n, channels, height, width]. */
  readonly #names = new Map<number, string>();
  /** Constants behind a DEQUANTIZE operator, which only widens them to 32 bits. */
  readonly #constants = new Map<number, TfliteTensor>();
  /** Pictures that become rows of the output and keep their number of channels. */
  readonly #heads: ReadonlySet<number | undefined>;

  constructor(source: TfliteGraph, channels: DetectorChannels) {
    this.#source = source;
    this.#channels = channels;
    const reshapes = source.operators.filter(({ kind }) => kind === 'reshape');
    this.#heads = new Set(reshapes.map(({ inputs }) => inputs[0]));
  }

  build() {
    const [input] = this.#source.inputs;
    const [, height, width] = this.#tensor(input).shape;
    this.#names.set(input!, this.#channelsFirst(height!, width!));
    for (const operator of this.#source.operators) this.#convert(operator);
    const { name, anchors } = this.#rows();
    return this.#graph.build({ name: INPUT, shape: [height!, width!, this.#channels] }, name, {
      name: OUTPUT,
      shape: [anchors * VALUES_PER_ANCHOR],
    });
  }

  /** With one channel both orders are the same in memory. */
  #channelsFirst(height: number, width: number): string {
    if (this.#channels === 3) {
      return this.#graph.node('Transpose', 'channels_first', [INPUT], { perm: [0, 3, 1, 2] });
    }
    const shape = this.#graph.integers('gray_shape', [-1, 1, height, width]);
    return this.#graph.node('Reshape', 'channels_first', [INPUT, shape]);
  }

  #convert(operator: TfliteOperator): void {
    if (operator.kind === 'dequantize') {
      this.#constants.set(operator.outputs[0]!, this.#tensor(operator.inputs[0]));
    } else {
      this.#names.set(operator.outputs[0]!, this.#emit[operator.kind](operator));
    }
  }

  readonly #emit: Record<Exclude<OperatorKind, 'dequantize'>, (o: TfliteOperator) => string> = {
    add: ({ inputs: [one, other] }) =>
      this.#graph.node('Add', 'add', [this.#name(one), this.#name(other)]),
    relu: ({ inputs: [input] }) => this.#graph.node('Relu', 'relu', [this.#name(input)]),
    concatenation: ({ inputs }) => {
      const names = inputs.map((input) => this.#name(input));
      return this.#graph.node('Concat', 'concat', names, { axis: 1 });
    },
    conv: (operator) => this.#conv(operator),
    'depthwise-conv': (operator) => this.#depthwise(operator),
    'max-pool': (operator) => this.#maxPool(operator),
    pad: (operator) => this.#pad(operator),
    reshape: (operator) => this.#reshape(operator),
  };

  #conv(operator: TfliteOperator): string {
    const [input, weights, bias] = operator.inputs;
    const widths = { from: this.#width(input), to: this.#width(operator.outputs[0]) };
    const kernel = convKernel(this.#constant(weights), widths);
    return this.#window('Conv', operator, kernel.dims.slice(2), { bias, kernel });
  }

  #depthwise(operator: TfliteOperator): string {
    const [input, weights, bias] = operator.inputs;
    const kernel = depthwiseKernel(this.#constant(weights), this.#width(input));
    const group = kernel.dims[0]!;
    return this.#window('Conv', operator, kernel.dims.slice(2), { bias, kernel, group });
  }

  #maxPool(operator: TfliteOperator): string {
    const { options } = operator;
    return this.#window('MaxPool', operator, [options!.integer(4), options!.integer(3)]);
  }

  /** A node that slides a window; in all three kinds of options the strides are the fields 1 and 2. */
  #window(
    type: 'Conv' | 'MaxPool',
    { inputs: [input], outputs: [output], options }: TfliteOperator,
    size: readonly number[],
    weights?: { kernel: Tensor; bias: number | undefined; group?: number },
  ): string {
    const strides = [options!.integer(2), options!.integer(1)];
    const pads = this.#padding(input, output, { size, strides });
    const attributes: Attributes = { kernel_shape: size, strides, pads };
    if (weights === undefined) {
      return this.#graph.node(type, 'pool', [this.#name(input)], attributes);
    }
    const { kernel, bias, group = 1 } = weights;
    const biases = widened(this.#constant(bias), this.#width(output));
    return this.#graph.node(
      type,
      'conv',
      [this.#name(input), this.#graph.floats('kernel', kernel), this.#graph.floats('bias', biases)],
      { ...attributes, group },
    );
  }

  /** A shortcut gets channels of zeros to fit a wider block, unless rounding up has already given it enough. */
  #pad({ inputs: [input], outputs: [output] }: TfliteOperator): string {
    const missing = this.#width(output) - this.#width(input);
    if (missing === 0) return this.#name(input);
    const pads = this.#graph.integers('pad_amounts', [0, 0, 0, 0, 0, missing, 0, 0]);
    return this.#graph.node('Pad', 'pad', [this.#name(input), pads]);
  }

  #reshape({ inputs: [input], outputs: [output] }: TfliteOperator): string {
    const [, ...shape] = this.#tensor(output).shape;
    const perm = [0, 2, 3, 1];
    const last = this.#graph.node('Transpose', 'channels_last', [this.#name(input)], { perm });
    return this.#graph.node('Reshape', 'reshape', [
      last,
      this.#graph.integers('reshape_shape', [-1, ...shape]),
    ]);
  }

  /** Joins scores [n, anchors, 1] and coordinates [n, anchors, 16]. */
  #rows(): { name: string; anchors: number } {
    const [scores, coordinates, ...others] = this.#source.outputs.toSorted(
      (one, other) => this.#tensor(one).shape[2]! - this.#tensor(other).shape[2]!,
    );
    const [, anchors, width] = this.#tensor(coordinates).shape;
    if (others.length > 0 || width !== VALUES_PER_ANCHOR - 1) {
      throw new TfliteError('The outputs are not those of BlazeFace.');
    }
    const both = [this.#name(scores), this.#name(coordinates)];
    const joined = this.#graph.node('Concat', 'rows', both, { axis: 2 });
    const shape = this.#graph.integers('flat_shape', [-1, anchors! * VALUES_PER_ANCHOR]);
    return { name: this.#graph.node('Reshape', 'flat', [joined, shape]), anchors: anchors! };
  }

  /** TensorFlow's SAME padding adds an odd pixel at the end; VALID padding needs none for its output. */
  #padding(
    input: number | undefined,
    output: number | undefined,
    { size, strides }: { size: readonly number[]; strides: readonly number[] },
  ): number[] {
    const totals = [0, 1].map((axis) => {
      const from = this.#tensor(input).shape[axis + 1]!;
      const to = this.#tensor(output).shape[axis + 1]!;
      return Math.max(0, (to - 1) * strides[axis]! + size[axis]! - from);
    });
    return [...totals.map((total) => total >> 1), ...totals.map((total) => total - (total >> 1))];
  }

  /** The number of channels that a picture has in the ONNX graph. */
  #width(index: number | undefined): number {
    if (index === this.#source.inputs[0]) return this.#channels;
    const channels = this.#tensor(index).shape[3]!;
    if (this.#heads.has(index)) return channels;
    return Math.ceil(channels / CHANNEL_BLOCK) * CHANNEL_BLOCK;
  }

  #tensor(index: number | undefined): TfliteTensor {
    const tensor = index === undefined ? undefined : this.#source.tensors[index];
    if (tensor === undefined) throw new TfliteError(`There is no tensor ${index}.`);
    return tensor;
  }

  #constant(index: number | undefined): TfliteTensor {
    const tensor = this.#constants.get(index!) ?? this.#tensor(index);
    if (tensor.data === undefined) throw new TfliteError(`Tensor ${index} is not constant.`);
    return tensor;
  }

  #name(index: number | undefined): string {
    const name = this.#names.get(index!);
    if (name === undefined) throw new TfliteError(`Tensor ${index} is used before it is computed.`);
    return name;
  }
}

/** From [out, height, width, in] to [out, in, height, width]; one channel `from` sums all channels of the source. */
function convKernel({ shape, data }: TfliteTensor, { from, to }: { from: number; to: number }) {
  const [, height, width, channels] = shape as [number, number, number, number];
  const pixels = height * width;
  const target = new Float32Array(to * from * pixels);
  for (let at = 0; at < data!.length; at += 1) {
    const channel = from === 1 ? 0 : at % channels;
    const pixel = Math.floor(at / channels) % pixels;
    const out = Math.floor(at / channels / pixels);
    target[(out * from + channel) * pixels + pixel]! += data![at]!;
  }
  return { dims: [to, from, height, width], data: target };
}

/** From [1, height, width, channels] to [channels, 1, height, width]. */
function depthwiseKernel({ shape, data }: TfliteTensor, to: number): Tensor {
  const [, height, width, channels] = shape as [number, number, number, number];
  const target = new Float32Array(to * height * width);
  for (let at = 0; at < data!.length; at += 1) {
    target[(at % channels) * height * width + Math.floor(at / channels)] = data![at]!;
  }
  return { dims: [to, 1, height, width], data: target };
}

/** A vector with zeros at its end. */
function widened({ data }: TfliteTensor, width: number): Tensor {
  const target = new Float32Array(width);
  target.set(data!);
  return { dims: [width], data: target };
}
