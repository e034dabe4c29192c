import {
  type GraphProto,
  dataType,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
} from '../proto.ts';

/** The graph with values from within it as further outputs, of any shape, behind its own. */
export function withOutputs(graph: GraphProto, values: readonly string[]): GraphProto {
  const outputs = values.map((name) => ({
    name,
    type: { tensor_type: { elem_type: dataType.float32 } },
  }));
  return { ...graph, output: [...graph.output, ...outputs] };
}

/**
 * Makes one convolution of an average over a window and the 1×1 convolution that alone reads it, where no window
 * reaches into padding: its kernel is the 1×1 kernel at each place of the window, divided by their number. As an
 * average of integers costs a runtime more than many products of them, it is cheaper, and it rounds once less.
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
    node: node.filter(({ name }) => !folded.has(name)).map(asConvolution),
    initializer: [...constants.values()],
  };
}

/** What an average says of its borders a convolution does not know. */
function asConvolution(node: NodeProto): NodeProto {
  if (node.op_type !== 'Conv') return node;
  const attribute = node.attribute.filter(({ name }) => name !== 'count_include_pad');
  return { ...node, attribute };
}

function isUnpaddedAverage(node: NodeProto): boolean {
  return node.op_type === 'AveragePool' && integersOf(node, 'pads').every((pad) => pad === 0);
}

/** Of one pixel at each step, over all channels. */
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

/** From [out, in, 1, 1] to [out, in, height, width]. */
function overWindow(kernel: TensorProto, window: readonly number[]): TensorProto {
  const places = window.reduce((product, size) => product * size, 1);
  const weights = new Float32Array(new Uint8Array(kernel.raw_data).buffer);
  const spread = Float32Array.from(
    { length: weights.length * places },
    (_, index) => weights[Math.floor(index / places)]! / places,
  );
  return {
    ...kernel,
    dims: [...kernel.dims.slice(0, 2), ...window],
    raw_data: new Uint8Array(spread.buffer),
  };
}
