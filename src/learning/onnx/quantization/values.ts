import type { GraphProto, NodeProto } from '../proto.ts';

/** Operators that runtimes compute in integers. Matrix products stay in float32, since the last one determines the output. */
const integerOperators = new Set(['Add', 'AveragePool', 'Conv', 'GlobalAveragePool', 'MaxPool']);
/** Operators that runtimes fuse into the preceding one, so nothing may be inserted between them. */
const activations = new Set(['Clip', 'Relu']);

/**
 * Returns the values to quantize in the order of their computation: all inputs and outputs of integer operators. If a
 * value goes directly into an activation, the result of the activation is quantized instead. The input and the output of
 * the graph are never quantized.
 */
export function valuesToQuantize(graph: GraphProto): string[] {
  const constants = new Set(graph.initializer.map(({ name }) => name));
  const fixed = new Set([
    ...constants,
    ...[...graph.input, ...graph.output].map(({ name }) => name),
  ]);
  const isIntegerNode = (node: NodeProto): boolean => isInteger(node, constants);
  const readers = readersOf(graph);
  const isQuantizable = (value: string): boolean =>
    !fixed.has(value) && !isActivated(readers.get(value) ?? []);
  const touched = graph.node
    .filter(isIntegerNode)
    .flatMap(({ input, output }) => [...input, ...output]);
  const activated = graph.node
    .filter(({ op_type: type, input }) => activations.has(type) && touched.includes(input[0]!))
    .flatMap(({ output }) => output);
  return [...new Set([...touched, ...activated])].filter(isQuantizable);
}

/** Whether runtimes compute the node in integers; an Add with a constant, such as a bias, is excluded. */
function isInteger({ op_type: type, input }: NodeProto, constants: ReadonlySet<string>): boolean {
  if (!integerOperators.has(type)) return false;
  return type !== 'Add' || !input.some((name) => constants.has(name));
}

function readersOf(graph: GraphProto): Map<string, NodeProto[]> {
  const readers = new Map<string, NodeProto[]>();
  for (const node of graph.node) {
    for (const name of node.input) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  return readers;
}

function isActivated(readers: readonly NodeProto[]): boolean {
  return readers.length === 1 && activations.has(readers[0]!.op_type);
}
