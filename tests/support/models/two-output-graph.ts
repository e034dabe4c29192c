import { type HostileNode, node } from './hostile-graphs.ts';
import { modelProto } from './onnx-with-subgraphs.ts';

const FLOAT = 1;

export interface TwoOutputs {
  /** Of the pictures. */
  side: number;
  /** Number of ages or buckets. */
  outputs: number;
  /** Whether the face probability is float32 [n, 1] or [n]; a column by default. */
  form?: 'column' | 'list';
  /** The outputs, in their order. */
  order?: string[];
  /** Nodes that nothing needs. */
  nodes?: HostileNode[];
  /** The declared type of the outputs; float32 by default. */
  elementType?: number;
}

/**
 * A graph as another framework may export it: `answers` are equal probabilities, and `is_face` is the sigmoid of the sum of
 * the input.
 */
export function twoOutputGraph({
  side,
  outputs,
  form = 'column',
  order = ['answers', 'is_face'],
  nodes = [],
  elementType = FLOAT,
}: TwoOutputs): Uint8Array {
  const input = ['n', side, side, 1].map((size) =>
    typeof size === 'string' ? { dim_param: size } : { dim_value: size },
  );
  const axis = [{ name: 'keepdims', type: 2, i: form === 'column' ? 1 : 0 }];
  const axes = { name: 'axes', dims: [1], data_type: 7, raw_data: int64(1) };
  const weights = {
    dims: [side * side, outputs],
    data_type: FLOAT,
    name: 'weights',
    raw_data: new Uint8Array(4 * side * side * outputs),
  };
  return modelProto
    .encode({
      ir_version: 8,
      opset_import: [{ domain: '', version: 17 }],
      graph: {
        name: 'two_outputs',
        node: [
          node('Flatten', ['pixels'], 'flat'),
          node('MatMul', ['flat', 'weights'], 'logits'),
          node('Softmax', ['logits'], 'answers'),
          node('ReduceSum', ['flat', 'axes'], 'total', axis),
          node('Sigmoid', ['total'], 'is_face'),
          ...nodes,
        ],
        initializer: [weights, axes],
        input: [{ name: 'pixels', type: { tensor_type: { elem_type: FLOAT, shape: { dim: input } } } }],
        output: order.map((name) => ({ name, type: { tensor_type: { elem_type: elementType } } })),
      },
    })
    .finish();
}

const int64 = (value: number) => new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
