import { type GraphProto, dataType } from '../proto.ts';

/** The graph with values from within it as further outputs, of any shape, behind its own. */
export function withOutputs(graph: GraphProto, values: readonly string[]): GraphProto {
  const outputs = values.map((name) => ({
    name,
    type: { tensor_type: { elem_type: dataType.float32 } },
  }));
  return { ...graph, output: [...graph.output, ...outputs] };
}
