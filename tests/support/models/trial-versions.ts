import { createHash } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeModel } from '../../../src/learning/onnx/decode.ts';
import {
  attributeType,
  dataType,
  encodeModel,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../../../src/learning/onnx/proto.ts';
import type { Manifest } from '../../../src/registry/manifest.ts';
import type { LocalArtifact } from '../../../src/registry/registry.ts';

const CHANNELS = 64;
const CONVOLUTIONS = 2;
const KERNEL = 5;
const AGES = 101;

/** The version under another number, as good as it is. */
export async function copyVersion(
  root: string,
  { directory, manifest }: LocalArtifact,
  version: number,
): Promise<void> {
  const folder = folderOf(root, manifest, version);
  await cp(directory, folder, { recursive: true });
  await writeManifest(folder, { ...manifest, version });
}

/** One that takes the old for the young and the young for the old. */
export function writeWrongVersion(root: string, source: LocalArtifact, version: number) {
  return writeChanged(root, source, version, {
    graph: withReversedAges,
    output: (ages) => ages.toReversed(),
  });
}

/** One that answers as before and computes for long, as convolutions whose result counts for nothing go with it. */
export function writeSlowVersion(root: string, source: LocalArtifact, version: number) {
  return writeChanged(root, source, version, { graph: withBallast, output: (ages) => ages });
}

/** What becomes of the network, and of the outputs that its golden samples expect. */
interface Change {
  graph: (graph: GraphProto) => GraphProto;
  output: (ages: number[]) => number[];
}

async function writeChanged(
  root: string,
  source: LocalArtifact,
  version: number,
  change: Change,
): Promise<void> {
  const { directory, manifest } = source;
  await copyVersion(root, source, version);
  const folder = folderOf(root, manifest, version);
  const graph = decodeModel(await readFile(join(directory, 'model.onnx')));
  const content = encodeModel(change.graph(graph), 'face-age bench');
  await writeFile(join(folder, 'model.onnx'), content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const entry = { path: 'model.onnx', bytes: content.length, sha256 };
  const files = manifest.files.map((file) => (file.path === entry.path ? entry : file));
  const golden = manifest.golden.map((sample) => ({
    ...sample,
    output: change.output(sample.output),
  }));
  // Another form of the network would be served unchanged.
  await writeManifest(folder, { ...manifest, golden, int8: undefined, version, files });
}

function folderOf(root: string, { name }: Manifest, version: number): string {
  return join(root, name, String(version));
}

async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

function withReversedAges(graph: GraphProto): GraphProto {
  const order = new BigInt64Array(AGES).map((_, index) => BigInt(AGES - 1 - index));
  const indices: TensorProto = {
    name: 'reversed/order',
    dims: [AGES],
    data_type: dataType.int64,
    raw_data: new Uint8Array(order.buffer),
  };
  const axis = { name: 'axis', type: attributeType.int, i: 1 };
  const output = graph.output[0]!.name;
  return {
    ...graph,
    node: [
      ...withAnswerNamed(graph, 'reversed/answer'),
      node('Gather', ['reversed/answer', indices.name], output, [axis]),
    ],
    initializer: [...graph.initializer, indices],
  };
}

/** The nodes, with another name for what the last one answers. */
function withAnswerNamed({ node: nodes, output }: GraphProto, answer: string): NodeProto[] {
  const rename = (name: string) => (name === output[0]!.name ? answer : name);
  return nodes.map((each) => ({ ...each, output: each.output.map(rename) }));
}

function withBallast(graph: GraphProto): GraphProto {
  const [input] = graph.input;
  const [output] = graph.output;
  const nodes: NodeProto[] = [
    node('Transpose', [input!.name], 'ballast/0', [ints('perm', [0, 3, 1, 2])]),
  ];
  const weights: TensorProto[] = [];
  for (let index = 0; index < CONVOLUTIONS; index += 1) {
    const name = `ballast/kernel${index}`;
    weights.push(zeros(name, [CHANNELS, index === 0 ? 1 : CHANNELS, KERNEL, KERNEL]));
    const pads = ints(
      'pads',
      Array.from({ length: 4 }, () => KERNEL >> 1),
    );
    const shape = ints('kernel_shape', [KERNEL, KERNEL]);
    nodes.push(node('Conv', [`ballast/${index}`, name], `ballast/${index + 1}`, [pads, shape]));
  }
  weights.push(zeros('ballast/dense', [CHANNELS, AGES]));
  nodes.push(
    node('GlobalAveragePool', [`ballast/${CONVOLUTIONS}`], 'ballast/pooled', []),
    node('Flatten', ['ballast/pooled'], 'ballast/flat', []),
    node('MatMul', ['ballast/flat', 'ballast/dense'], 'ballast/nothing', []),
    node('Add', ['ballast/answer', 'ballast/nothing'], output!.name, []),
  );
  return {
    ...graph,
    node: [...withAnswerNamed(graph, 'ballast/answer'), ...nodes],
    initializer: [...graph.initializer, ...weights],
  };
}

function node(
  type: string,
  input: string[],
  output: string,
  attribute: NodeProto['attribute'],
): NodeProto {
  return { op_type: type, name: `${output}/node`, input, output: [output], attribute };
}

function ints(name: string, values: readonly number[]) {
  return { name, type: attributeType.ints, ints: values };
}

function zeros(name: string, dims: readonly number[]): TensorProto {
  const values = dims.reduce((product, size) => product * size, 1);
  return { name, dims, data_type: dataType.float32, raw_data: new Uint8Array(values * 4) };
}
