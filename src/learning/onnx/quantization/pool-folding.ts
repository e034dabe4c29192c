import {
  type GraphProto,
  dataType,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
} from '../proto.ts';

/** Returns the graph with inner values appended as additional outputs of any shape. */
export function withOutputs(graph: GraphProto, values: readonly string[]): GraphProto {
  const outputs = values.map((name) => ({
    name,
    type: { tensor_type: { elem_type: dataType.float32 } },
  }));
  return { ...graph, output: [...graph.output, ...outputs] };
}

/**
 * Folds each average pooling without padding into the 1×1 convolution that is its only reader: the kernel of the combined
 * convolution is the 1×1 kernel at each position of the window, divided by the number of positions. Runtimes compute this
 * faster than an average of integers, and it saves one rounding.
 */
export function foldAveragePools(graph: GraphProto): GraphProto {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const pools = new Map(
    graph.node.filter(isUnpaddedAverage).map((node) => [node.output[0]!, node]),
  );
  const folded = new Set<string>();
  const node = graph.node.map((conv) => {
    const pool = pools.get(conv.input[0]!);
    if (!pool || readersOf(graph, pool.output[0]!) > 1 || !isPointwise(conv)) return conv;
    const kernel = constants.get(conv.input[1]!);
    if (!kernel || readersOf(graph, kernel.name) > 1) return conv;
    constants.set(kernel.name, overWindow(kernel, windowOf(pool)));
    folded.add(pool.name);
    return { ...conv, input: [pool.input[0]!, ...conv.input.slice(1)], attribute: pool.attribute };
  });
  return {
    ...graph,
    node: node.filter(({ name }) => !folded.has(name)).map(withoutPoolAttribute),
    initializer: [...constants.values()],
  };
}

/** Removes the attribute of average pooling that a convolution does not have. */
function withoutPoolAttribute(node: NodeProto): NodeProto {
  if (node.op_type !== 'Conv') return node;
  const attribute = node.attribute.filter(({ name }) => name !== 'count_include_pad');
  return { ...node, attribute };
}

function isUnpaddedAverage(node: NodeProto): boolean {
  return node.op_type === 'AveragePool' && integersOf(node, 'pads').every((pad) => pad === 0);
}

/** Whether the node is a 1×1 convolution over all channels with stride 1. */
function isPointwise(node: NodeProto): boolean {
  const isOne = (name: string): boolean => integersOf(node, name).every((size) => size === 1);
  const isUnpadded = integersOf(node, 'pads').every((pad) => pad === 0);
  const group = attributeOf(node, 'group')?.i ?? 1;
  return (
    node.op_type === 'Conv' &&
    group === 1 &&
    isUnpadded &&
    isOne('kernel_shape') &&
    isOne('strides')
  );
}

function readersOf(graph: GraphProto, value: string): number {
  const isOutput = graph.output.some(({ name }) => name === value);
  return graph.node.filter(({ input }) => input.includes(value)).length + (isOutput ? 1 : 0);
}

function windowOf(pool: NodeProto): readonly number[] {
  return integersOf(pool, 'kernel_shape');
}

function integersOf(node: NodeProto, name: string): readonly number[] {
  return attributeOf(node, name)?.ints ?? [];
}

function attributeOf({ attribute }: NodeProto, name: string): AttributeProto | undefined {
  return attribute.find((each) => each.name === name);
}

/** Expands a kernel from [out, in, 1, 1] to [out, in, height, width]. */
function overWindow(kernel: TensorProto, window: readonly number[]): TensorProto {
  const positions = window.reduce((product, size) => product * size, 1);
  const weights = new Float32Array(new Uint8Array(kernel.raw_data).buffer);
  const spread = Float32Array.from(
    { length: weights.length * positions },
    (_, index) => weights[Math.floor(index / positions)]! / positions,
  );
  return {
    ...kernel,
    dims: [...kernel.dims.slice(0, 2), ...window],
    raw_data: new Uint8Array(spread.buffer),
  };
}
