import { InvalidModelError } from '../errors.ts';
import { GraphBuilder } from '../graph.ts';
import type { GraphProto, NodeProto, TensorProto } from '../proto.ts';
import { type ActivationScale, type Range, activationScale, integerWeights } from './integers.ts';
import { valuesToQuantize } from './values.ts';

/**
 * Quantizes a graph in ONNX's QDQ format: a pair of QuantizeLinear and DequantizeLinear follows each input and output of
 * an integer operator, and the weights of convolutions become int8. Runtimes fuse these into integer operators. The input,
 * the output, and everything between the last integer operator and the output stay in float32.
 * @param ranges the ranges of all `valuesToQuantize`
 * @throws InvalidModelError if a range is missing
 */
export function quantize(graph: GraphProto, ranges: ReadonlyMap<string, Range>): GraphProto {
  const quantizer = new Quantizer(graph, ranges);
  graph.node.forEach((node) => quantizer.add(node));
  return quantizer.graph();
}

class Quantizer {
  readonly #source: GraphProto;
  readonly #builder: GraphBuilder;
  readonly #constants: ReadonlyMap<string, TensorProto>;
  readonly #scales: ReadonlyMap<string, ActivationScale>;
  /** Maps the name of each value to that of its quantized form. */
  readonly #quantized = new Map<string, string>();

  constructor(graph: GraphProto, ranges: ReadonlyMap<string, Range>) {
    this.#source = graph;
    this.#builder = new GraphBuilder(namesOf(graph));
    this.#constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    this.#scales = new Map(valuesToQuantize(graph).map((name) => [name, scaleOf(name, ranges)]));
  }

  /** Adds a node; nodes must be added in topological order. */
  add(node: NodeProto): void {
    const scale = this.#scales.get(node.input[0]!);
    const isWeighted = node.op_type === 'Conv' && scale !== undefined;
    const weights = isWeighted ? this.#weightsOf(node, scale.scale) : node.input.slice(1);
    const input = [node.input[0]!, ...weights].map((name) => this.#quantized.get(name) ?? name);
    this.#builder.adopt({ ...node, input });
    node.output.forEach((name) => this.#insertPairAfter(name));
  }

  #insertPairAfter(value: string): void {
    const scale = this.#scales.get(value);
    if (scale === undefined) return;
    const parameters = [
      this.#builder.constant(`${value}/step`, [], Float32Array.of(scale.scale)),
      this.#builder.constant(`${value}/zero`, [], Uint8Array.of(scale.zeroPoint)),
    ];
    const integers = this.#builder.node('QuantizeLinear', `${value}/uint8`, [value, ...parameters]);
    const dequantized = this.#builder.node('DequantizeLinear', `${value}/back`, [
      integers,
      ...parameters,
    ]);
    this.#quantized.set(value, dequantized);
  }

  graph(): GraphProto {
    const { nodes, constants } = this.#builder;
    const read = new Set(nodes.flatMap(({ input }) => input));
    const kept = this.#source.initializer.filter(({ name }) => read.has(name));
    return { ...this.#source, node: nodes, initializer: [...kept, ...constants] };
  }

  /** Returns the dequantized kernel and bias; a convolution without a bias gets a zero bias. */
  #weightsOf({ name, input }: NodeProto, inputScale: number): string[] {
    const [, kernelName, biasName] = input;
    const kernel = this.#constant(kernelName!);
    const channels = kernel.dims[0]!;
    const bias =
      biasName === undefined ? new Float32Array(channels) : floatsOf(this.#constant(biasName));
    const integers = integerWeights(floatsOf(kernel), bias, inputScale);
    return [
      this.#dequantize(`${name}/weights`, kernel.dims, integers.weights, integers.weightScales),
      this.#dequantize(`${name}/biases`, [channels], integers.biases, integers.biasScales),
    ];
  }

  /** Dequantizes per channel, which is the first axis, with zero point 0. */
  #dequantize(
    name: string,
    dims: readonly number[],
    integers: Int8Array | Int32Array,
    scales: Float32Array,
  ): string {
    const zeros = integers instanceof Int8Array ? Int8Array : Int32Array;
    const operands = [
      this.#builder.constant(`${name}/integers`, dims, integers),
      this.#builder.constant(`${name}/step`, [scales.length], scales),
      this.#builder.constant(`${name}/zero`, [scales.length], new zeros(scales.length)),
    ];
    return this.#builder.node('DequantizeLinear', name, operands, { axis: 0 });
  }

  #constant(name: string): TensorProto {
    const tensor = this.#constants.get(name);
    if (tensor !== undefined) return tensor;
    throw new InvalidModelError(`The weights ${name} are not constant.`);
  }
}

function scaleOf(name: string, ranges: ReadonlyMap<string, Range>): ActivationScale {
  const range = ranges.get(name);
  if (range !== undefined) return activationScale(range);
  throw new InvalidModelError(`The range of ${name} is missing.`);
}

function namesOf({ node, initializer, input, output }: GraphProto): string[] {
  const nodes = node.flatMap((each) => [each.name, ...each.input, ...each.output]);
  return [...nodes, ...[...initializer, ...input, ...output].map(({ name }) => name)];
}

/** Copies the values, since the bytes of a file may be unaligned. */
function floatsOf({ raw_data: bytes }: TensorProto): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
