import { integers, node } from './hostile-graphs.ts';
import { modelProto } from './onnx-with-subgraphs.ts';

export const FLOAT32 = 1;
export const UINT8 = 2;
export const FLOAT16 = 10;

/** A graph as other frameworks export it. */
export interface ForeignGraph {
  /** Of the input; null may have any size. */
  dims: readonly (number | null)[];
  /** Pixels of a photo times channels. */
  inputs: number;
  outputs: number;
  /** TensorProto.DataType of the input and the output; float32 by default. */
  inputType?: number;
  outputType?: number;
  /** Whether a softmax is inside the graph; true by default. */
  softmax?: boolean;
  /** Whether the constants lie in `weights.data` next to the graph. */
  external?: boolean;
  /** A reshape that states the number of photos, as exports with a fixed batch have. */
  fixedReshape?: boolean;
}

/** The weight of an input, in its order, for an output. */
export function weightOf(input: number, output: number): number {
  return Math.sin(1 + input * 7.3 + output * 2.1) / 40;
}

/** The bytes of all weights: float32 [inputs, outputs]. */
export function weightBytes({ inputs, outputs }: Pick<ForeignGraph, 'inputs' | 'outputs'>): Uint8Array {
  const values = Float32Array.from({ length: inputs * outputs }, (_, at) =>
    weightOf(Math.floor(at / outputs), at % outputs),
  );
  return new Uint8Array(values.buffer);
}

/** A network of one layer: the input as a row of numbers times the weights, and a softmax. */
export function foreignGraph(graph: ForeignGraph): Uint8Array {
  const { dims, inputs, outputs, inputType = FLOAT32, outputType = FLOAT32 } = graph;
  const to = (type: number) => [{ name: 'to', type: 2, i: type }];
  const dim = dims.map((size) => (size === null ? { dim_param: 'batch' } : { dim_value: size }));
  const last = (graph.softmax ?? true) ? node('Softmax', ['product'], 'row') : node('Identity', ['product'], 'row');
  const flat = graph.fixedReshape === true
    ? node('Reshape', ['floats', 'shape'], 'flat')
    : node('Flatten', ['floats'], 'flat');
  return modelProto
    .encode({
      ir_version: 8,
      opset_import: [{ domain: '', version: 17 }],
      graph: {
        name: 'foreign',
        node: [
          node('Cast', ['input'], 'floats', to(FLOAT32)),
          flat,
          node('MatMul', ['flat', 'weights'], 'product'),
          last,
          node('Cast', ['row'], 'output', to(outputType)),
        ],
        initializer: [
          ...(graph.fixedReshape === true ? [integers('shape', 1, -1)] : []),
          { dims: [inputs, outputs], data_type: FLOAT32, name: 'weights', ...valuesOf(graph) },
        ],
        input: [{ name: 'input', type: { tensor_type: { elem_type: inputType, shape: { dim } } } }],
        output: [
          { name: 'output', type: { tensor_type: { elem_type: outputType, shape: { dim: [dim[0], { dim_value: outputs }] } } } },
        ],
      },
    })
    .finish();
}

function valuesOf(graph: ForeignGraph): object {
  if (graph.external !== true) return { raw_data: weightBytes(graph) };
  const external = { location: 'weights.data', offset: '16', length: String(weightBytes(graph).length) };
  const entries = Object.entries(external).map(([key, value]) => ({ key, value }));
  return { external_data: entries, data_location: 1 };
}
