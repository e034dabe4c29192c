import type { Manifest } from '../../../src/registry/manifest.ts';
import { AGES, exampleManifest, fileEntry, SIDE } from './example-manifest.ts';
import type { ModelFolder } from './model-folder.ts';
import { modelProto } from './onnx-with-subgraphs.ts';

const FLOAT = 1;
const INT64 = 7;
const BOOL = 9;

export interface HostileNode {
  op_type: string;
  input: string[];
  output: string[];
  attribute?: object[];
  domain?: string;
}

type Dimension = { dim_value: number } | { dim_param: string };

const value = (name: string, elem_type: number, dim: Dimension[]) => ({
  name,
  type: { tensor_type: { elem_type, shape: { dim } } },
});

export const node = (
  op_type: string,
  input: string[],
  output: string,
  attribute: object[] = [],
): HostileNode => ({ op_type, input, output: [output], attribute });

export const integers = (name: string, ...values: number[]) => ({
  dims: [values.length],
  data_type: INT64,
  name,
  raw_data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

const scalar = (name: string, number: number) => ({
  dims: [],
  data_type: FLOAT,
  name,
  raw_data: new Uint8Array(Float32Array.of(number).buffer),
});

export interface HostileParts {
  /** The nodes between `answers` (a valid distribution) and `output`. */
  nodes: HostileNode[];
  constants?: object[];
  functions?: object[];
}

/**
 * A network whose answers are all the same distribution, with something hostile before the output.
 * @param side of the pictures
 * @param outputs number of ages
 */
export function hostileGraph(side: number, outputs: number, hostile: HostileParts): Uint8Array {
  const pixels = [
    { dim_param: 'n' },
    { dim_value: side },
    { dim_value: side },
    { dim_value: 1 },
  ];
  const nodes = [
    node('Flatten', ['pixels'], 'flat'),
    node('MatMul', ['flat', 'weights'], 'logits'),
    node('Softmax', ['logits'], 'answers'),
    ...hostile.nodes,
  ];
  const weights = {
    dims: [side * side, outputs],
    data_type: FLOAT,
    name: 'weights',
    raw_data: new Uint8Array(4 * side * side * outputs),
  };
  return modelProto
    .encode({
      ir_version: 8,
      opset_import: [
        { domain: '', version: 17 },
        { domain: 'own', version: 1 },
      ],
      functions: hostile.functions ?? [],
      graph: {
        name: 'hostile',
        node: nodes,
        initializer: [weights, ...(hostile.constants ?? [])],
        input: [value('pixels', FLOAT, pixels)],
        output: [value('output', FLOAT, [{ dim_param: 'n' }, { dim_value: outputs }])],
      },
    })
    .finish();
}

/** A Loop that passes the answers on and never ends where its condition holds at first. */
function endlessWhile(condition: string): HostileNode {
  const body = {
    name: 'body',
    node: [node('Identity', ['going'], 'goesOn'), node('Identity', ['carried'], 'carriedOn')],
    input: [
      value('iteration', INT64, []),
      value('going', BOOL, []),
      value('carried', FLOAT, [{ dim_param: 'rows' }, { dim_param: 'columns' }]),
    ],
    output: [
      value('goesOn', BOOL, []),
      value('carriedOn', FLOAT, [{ dim_param: 'rows' }, { dim_param: 'columns' }]),
    ],
  };
  return node('Loop', ['', condition, 'answers'], 'output', [
    { name: 'body', type: 5, g: body },
  ]);
}

/** Hangs every run. */
export const endlessRun: HostileParts = {
  nodes: [node('Cast', ['one'], 'always', [{ name: 'to', type: 2, i: BOOL }]), endlessWhile('always')],
  constants: [scalar('one', 1)],
};

/** Hangs only runs of this many pictures. */
export const endlessForBatchOf = (count: number): HostileParts => ({
  nodes: [
    node('Shape', ['pixels'], 'shape'),
    node('Gather', ['shape', 'first'], 'n'),
    node('Equal', ['n', 'count'], 'equal'),
    node('Squeeze', ['equal'], 'is'),
    endlessWhile('is'),
  ],
  constants: [integers('first', 0), integers('count', count)],
});

/** Hangs only on a picture that is white everywhere. */
export const endlessOnWhite: HostileParts = {
  nodes: [
    node('ReduceMin', ['pixels'], 'darkest', [{ name: 'keepdims', type: 2, i: 0 }]),
    node('Greater', ['darkest', 'nearlyWhite'], 'isWhite'),
    endlessWhile('isWhite'),
  ],
  constants: [scalar('nearlyWhite', 1.9)],
};

/** Constant products that onnxruntime computes while it loads the graph: hours of work in little memory. */
export function endlessLoad(products = 100_000): HostileParts {
  const nodes = [
    node('ConstantOfShape', ['size'], 'product0'),
    ...Array.from({ length: products }, (_, index) =>
      node('MatMul', [`product${index}`, 'product0'], `product${index + 1}`),
    ),
    node('ReduceMax', [`product${products}`], 'zero', [{ name: 'keepdims', type: 2, i: 0 }]),
    node('Add', ['answers', 'zero'], 'output'),
  ];
  return { nodes, constants: [integers('size', 1024, 1024)] };
}

/** Adds a tensor of this many bytes. */
export const hugeTensor = (bytes: number): HostileParts => ({
  nodes: [
    node('ConstantOfShape', ['size'], 'zeros'),
    node('ReduceMax', ['zeros'], 'zero', [{ name: 'keepdims', type: 2, i: 0 }]),
    node('Add', ['answers', 'zero'], 'output'),
  ],
  constants: [integers('size', bytes / 4)],
});

/** A chain of functions, each of which calls the next: inlining it overflows the native stack, which is a crash. */
export function nativeCrash(functions = 5000): HostileParts {
  const operators = [
    { domain: '', version: 17 },
    { domain: 'own', version: 1 },
  ];
  const call = (index: number, from: string, to: string): HostileNode =>
    index === functions
      ? node('Identity', [from], to)
      : { ...node(`F${index}`, [from], to), domain: 'own' };
  return {
    nodes: [call(0, 'answers', 'output')],
    functions: Array.from({ length: functions }, (_, index) => ({
      name: `F${index}`,
      domain: 'own',
      input: ['a'],
      output: ['b'],
      opset_import: operators,
      node: [call(index + 1, 'a', 'b')],
    })),
  };
}

/** No hostile part: answers every picture with the same distribution. */
export const harmless: HostileParts = { nodes: [node('Identity', ['answers'], 'output')] };

/** Writes a version whose graph is hostile, and whose manifest is right. */
export async function writeHostileVersion(
  folder: ModelFolder,
  version: number,
  hostile: HostileParts,
): Promise<Manifest> {
  const graph = hostileGraph(SIDE, AGES, hostile);
  const pixels = Buffer.from(new Uint8Array(SIDE * SIDE).fill(51)).toString('base64');
  const output = new Array<number>(AGES).fill(1 / AGES);
  const manifest = exampleManifest({
    version,
    engines: ['onnxruntime'],
    files: [fileEntry('model.onnx', graph)],
    golden: [{ pixels, output, tolerance: { onnxruntime: 1e-4 } }],
  });
  await folder.write(`${version}/model.onnx`, graph);
  await folder.write(`${version}/manifest.json`, JSON.stringify(manifest));
  return manifest;
}
