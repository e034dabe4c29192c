import { InvalidModelError } from '../errors.ts';
import { GraphBuilder } from '../graph.ts';
import type { GraphProto, NodeProto, TensorProto } from '../proto.ts';
import { type ActivationScale, type Range, activationScale, integerWeights } from './integers.ts';
import { valuesToQuantise } from './values.ts';

/**
 * A graph for integer arithmetic in ONNX's QDQ form: behind each value that an integer operator takes or gives a pair
 * of QuantizeLinear and DequantizeLinear, and the weights of convolutions as int8, which runtimes fuse into integer
 * operators. What is left in float32: the input, the output and what lies between the last such operator and it.
 * @param ranges of all `valuesToQuantise`
 * @throws InvalidModelError where a range is missing
 */
export function quantise(graph: GraphProto, ranges: ReadonlyMap<string, Range>): GraphProto {
  const quantiser = new Quantiser(graph, ranges);
  graph.node.forEach((node) => quantiser.take(node));
  return quantiser.graph();
}

class Quantiser {
  readonly #source: GraphProto;
  readonly #builder: GraphBuilder;
  readonly #constants: ReadonlyMap<string, TensorProto>;
  readonly #scales: ReadonlyMap<string, ActivationScale>;
  /** For the name of each value, that of its quantised form. */
  readonly #quantised = new Map<string, string>();

  constructor(graph: GraphProto, ranges: ReadonlyMap<string, Range>) {
    this.#source = graph;
    this.#builder = new GraphBuilder(namesOf(graph));
    this.#constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    this.#scales = new Map(valuesToQuantise(graph).map((name) => [name, scaleOf(name, ranges)]));
  }

  /** Nodes come after those they read from. */
  take(node: NodeProto): void {
    const scale = this.#scales.get(node.input[0]!);
    const isWeighted = node.op_type === 'Conv' && scale !== undefined;
    const weights = isWeighted ? this.#weightsOf(node, scale.scale) : node.input.slice(1);
    const input = [node.input[0]!, ...weights].map((name) => this.#quantised.get(name) ?? name);
    this.#builder.adopt({ ...node, input });
    node.output.forEach((name) => this.#pairBehind(name));
  }

  #pairBehind(value: string): void {
    const scale = this.#scales.get(value);
    if (scale === undefined) return;
    const parameters = [
      this.#builder.constant(`${value}/step`, [], Float32Array.of(scale.scale)),
      this.#builder.constant(`${value}/zero`, [], Uint8Array.of(scale.zeroPoint)),
    ];
    const integers = this.#builder.node('QuantizeLinear', `${value}/uint8`, [value, ...parameters]);
    const back = this.#builder.node('DequantizeLinear', `${value}/back`, [integers, ...parameters]);
    this.#quantised.set(value, back);
  }

  graph(): GraphProto {
    const { nodes, constants } = this.#builder;
    const read = new Set(nodes.flatMap(({ input }) => input));
    const kept = this.#source.initializer.filter(({ name }) => read.has(name));
    return { ...this.#source, node: nodes, initializer: [...kept, ...constants] };
  }

  /** The kernel and the bias, dequantised; a convolution without a bias gets one of zeros. */
  #weightsOf({ name, input }: NodeProto, inputScale: number): string[] {
    const [, kernelName, biasName] = input;
    const kernel = this.#constant(kernelName!);
    const channels = kernel.dims[0]!;
    const bias =
      biasName === undefined ? new Float32Array(channels) : floatsOf(this.#constant(biasName));
    const integers = integerWeights(floatsOf(kernel), bias, inputScale);
    return [
      this.#dequantised(`${name}/weights`, kernel.dims, integers.weights, integers.weightScales),
      this.#dequantised(`${name}/biases`, [channels], integers.biases, integers.biasScales),
    ];
  }

  /** By channel, the first axis; the zero point is 0. */
  #dequantised(
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
  throw new InvalidModelError(`The range of ${name} is not known.`);
}

function namesOf({ node, initializer, input, output }: GraphProto): string[] {
  const nodes = node.flatMap((each) => [each.name, ...each.input, ...each.output]);
  return [...nodes, ...[...initializer, ...input, ...output].map(({ name }) => name)];
}

/** A copy: the bytes of a file need not be aligned. */
function floatsOf({ raw_data: bytes }: TensorProto): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
