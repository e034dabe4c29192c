import type { GraphProto, NodeProto } from '../proto.ts';

/** Operators that runtimes compute in integers. Matrix products stay as they are: the last one decides the answer. */
const integerOperators = new Set(['Add', 'AveragePool', 'Conv', 'GlobalAveragePool', 'MaxPool']);
/** Operators that a runtime fuses into the one before: nothing may come between. */
const activations = new Set(['Clip', 'Relu']);

/**
 * The values to quantise, in the order in which they are computed: all that an integer operator takes or gives, but
 * not what goes straight into an activation, whose result is quantised instead. Never the graph's input or output.
 */
export function valuesToQuantise(graph: GraphProto): string[] {
  const constants = new Set(graph.initializer.map(({ name }) => name));
  const fixed = new Set([
    ...constants,
    ...[...graph.input, ...graph.output].map(({ name }) => name),
  ]);
  const computes = (node: NodeProto): boolean => isInteger(node, constants);
  const readers = readersOf(graph);
  const isOpen = (value: string): boolean =>
    !fixed.has(value) && !isActivated(readers.get(value) ?? []);
  const touched = graph.node.filter(computes).flatMap(({ input, output }) => [...input, ...output]);
  const activated = graph.node
    .filter(({ op_type: type, input }) => activations.has(type) && touched.includes(input[0]!))
    .flatMap(({ output }) => output);
  return [...new Set([...touched, ...activated])].filter(isOpen);
}

/** A sum with a constant, as a bias, is none of two activations. */
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
