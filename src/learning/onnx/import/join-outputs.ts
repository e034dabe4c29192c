import { z } from 'zod';
import { InvalidModelError } from '../errors.ts';
import {
  concat,
  contentOf,
  encodeField,
  fieldsOf,
  freeName,
  graphFields,
  namesIn,
  withGraph,
  type Field,
} from './graph-fields.ts';
import {
  attributeType,
  dataType,
  modelProto,
  type NodeProto,
  type ValueInfoProto,
} from '../proto.ts';

const isOutput = ({ number }: Field): boolean => number === graphFields.output;

const nodeProto = modelProto.root.lookupType('onnx.NodeProto');
const valueInfoProto = modelProto.root.lookupType('onnx.ValueInfoProto');

/**
 * Joins two outputs of a graph to a single one, whose rows are those of the first, each followed by the value of the second.
 * Any ONNX file can be changed, since all but the outputs is copied byte for byte; other outputs are dropped.
 * @param second name of an output of one value per row, float32 [n] or [n, 1]; the first output is the first of the others
 * @throws InvalidModelError if the file is not an ONNX file, or has no such outputs
 */
export function joinOutputs(file: Uint8Array, second: string): Uint8Array {
  return withGraph(file, (graph) => joinInGraph(graph, second));
}

/** @param graph the bytes of a GraphProto */
function joinInGraph(graph: Uint8Array, second: string): Uint8Array {
  const fields = fieldsOf(graph);
  const outputs = fields.filter(isOutput).map(contentOf).map(valueInfoOf);
  const [first, face] = chooseOutputs(outputs, second);
  const joined = freeName(namesIn(fields), 'ages_and_face');
  const column = freeName(namesIn(fields), 'face_column');
  const nodes = [
    // Makes a column of [n] as well as of [n, 1].
    nodeOf('Flatten', [face], column),
    nodeOf('Concat', [first, column], joined),
  ];
  const output: ValueInfoProto = {
    name: joined,
    type: { tensor_type: { elem_type: dataType.float32 } },
  };
  return concat([
    ...fields.filter((field) => !isOutput(field)).map(({ bytes }) => bytes),
    ...nodes.map((node) => encodeField(graphFields.node, nodeProto.encode(node).finish())),
    encodeField(graphFields.output, valueInfoProto.encode(output).finish()),
  ]);
}

/** @returns the names of both outputs */
function chooseOutputs(outputs: readonly OutputInfo[], second: string): [string, string] {
  const names = outputs.map(({ name }) => name);
  if (names.length === 0) throw new InvalidModelError('The file is not an ONNX file.');
  if (!names.includes(second)) {
    throw new InvalidModelError(`The graph has no output ${second}; it has ${names.join(', ')}.`);
  }
  const first = names.find((name) => name !== second);
  if (first === undefined) {
    throw new InvalidModelError(`The graph has no output but ${second}.`);
  }
  const other = outputs.find(
    ({ name, elementType }) => [first, second].includes(name) && elementType !== dataType.float32,
  );
  if (other === undefined) return [first, second];
  throw new InvalidModelError(`The output ${other.name} of the graph is not float32.`);
}

function nodeOf(operator: string, input: string[], output: string): NodeProto {
  const attribute = [{ name: 'axis', type: attributeType.int, i: 1 }];
  return { op_type: operator, name: output, input, output: [output], attribute };
}

interface OutputInfo {
  name: string;
  elementType: number | undefined;
}

const outputSchema = z.object({
  name: z.string(),
  type: z.object({ tensor_type: z.object({ elem_type: z.number() }).optional() }).optional(),
});

function valueInfoOf(bytes: Uint8Array): OutputInfo {
  const { name, type } = outputSchema.parse(valueInfoProto.toObject(valueInfoProto.decode(bytes)));
  return { name, elementType: type?.tensor_type?.elem_type };
}
