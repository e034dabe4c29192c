import protobuf from 'protobufjs';
import { InvalidModelError } from '../errors.ts';
import { modelProto, type NodeProto } from '../proto.ts';

/**
 * Changes ONNX files that others wrote, whatever they hold: a message is split into its fields, of which all but the changed
 * ones are copied byte for byte.
 */

/** Numbers of the fields of ModelProto and GraphProto that are read or replaced. */
const modelFields = { graph: 7 };
export const graphFields = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 };

const LENGTH_DELIMITED = 2;

const nodeProto = modelProto.root.lookupType('onnx.NodeProto');

/**
 * Replaces the graph of a file.
 * @param change gets and returns the bytes of a GraphProto
 * @throws InvalidModelError if the file is not an ONNX file
 */
export function withGraph(file: Uint8Array, change: (graph: Uint8Array) => Uint8Array): Uint8Array {
  try {
    const fields = fieldsOf(file);
    const others = fields.filter((field) => !isGraph(field)).map(({ bytes }) => bytes);
    return concat([...others, encodeField(modelFields.graph, change(graphIn(fields)))]);
  } catch (error) {
    throw asInvalidModel(error);
  }
}

/**
 * The bytes of a file's GraphProto.
 * @throws InvalidModelError if the file is not an ONNX file
 */
export function graphOf(file: Uint8Array): Uint8Array {
  try {
    return graphIn(fieldsOf(file));
  } catch (error) {
    throw asInvalidModel(error);
  }
}

function graphIn(fields: readonly Field[]): Uint8Array {
  return concat(fields.filter(isGraph).map(contentOf));
}

function asInvalidModel(error: unknown): InvalidModelError {
  if (error instanceof InvalidModelError) return error;
  return new InvalidModelError('The file is not an ONNX file.', { cause: error });
}

const isGraph = ({ number }: Field): boolean => number === modelFields.graph;

/** The names of all values that nodes of the graph read or write. */
export function namesIn(fields: readonly Field[]): Set<string> {
  const nodes = fields.filter(({ number }) => number === graphFields.node).map(contentOf);
  return new Set(
    nodes.flatMap((bytes) => {
      const { input, output } = nodeProto.decode(bytes) as unknown as NodeProto;
      return [...input, ...output];
    }),
  );
}

export function freeName(taken: ReadonlySet<string>, preferred: string): string {
  let name = preferred;
  for (let count = 2; taken.has(name); count++) name = `${preferred}_${count}`;
  return name;
}

/** A field of a message, with its tag. */
export interface Field {
  number: number;
  bytes: Uint8Array;
}

/** Splits a message into its fields; see https://protobuf.dev/programming-guides/encoding/. */
export function fieldsOf(message: Uint8Array): Field[] {
  const reader = protobuf.Reader.create(message);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    reader.skipType(tag & 7);
    fields.push({ number: tag >>> 3, bytes: message.subarray(start, reader.pos) });
  }
  return fields;
}

export function contentOf({ bytes }: Field): Uint8Array {
  const reader = protobuf.Reader.create(bytes);
  reader.uint32();
  return reader.bytes();
}

export function encodeField(number: number, content: Uint8Array): Uint8Array {
  const tag = (number << 3) | LENGTH_DELIMITED;
  return protobuf.Writer.create().uint32(tag).bytes(content).finish();
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
