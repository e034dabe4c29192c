import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import protobuf from 'protobufjs';
import { InvalidModelError } from '../errors.ts';
import {
  concat,
  contentOf,
  encodeField,
  fieldsOf,
  graphFields,
  graphOf,
  withGraph,
  type Field,
} from './graph-fields.ts';

/** Numbers of fields of TensorProto. */
const RAW_DATA = 9;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;

/** Protocol buffers hold no more. */
const LARGEST_FILE = 2 ** 31 - 1;

/** Where a constant of a graph lies outside the ONNX file. */
interface Place {
  location: string;
  offset: number;
  length: number | undefined;
}

/**
 * Moves constants that lie in files beside an ONNX file into it, as exporters write them for large networks.
 * @param folder where the ONNX file and its data are
 * @returns the file as it is if it holds all of its constants; and the names of the files that were read
 * @throws InvalidModelError where a file is missing, too short or elsewhere
 */
export async function inlineExternalData(
  file: Uint8Array,
  folder: string,
): Promise<{ file: Uint8Array; taken: string[] }> {
  const places = fieldsOf(graphOf(file))
    .filter(isConstant)
    .map((field) => placeOf(contentOf(field)));
  const taken = [...new Set(places.flatMap((place) => place?.location ?? []))];
  if (taken.length === 0) return { file, taken };
  const contents = new Map<string, Buffer>();
  for (const location of taken) contents.set(location, await readBeside(folder, location));
  const inlined = withGraph(file, (graph) =>
    concat(
      fieldsOf(graph).map((field) =>
        isConstant(field) ? inlinedField(field, contents) : field.bytes,
      ),
    ),
  );
  return { file: inlined, taken };
}

const isConstant = ({ number }: Field): boolean => number === graphFields.initializer;

async function readBeside(folder: string, location: string): Promise<Buffer> {
  // A name that leads elsewhere could read any file of this machine.
  if (path.basename(location) !== location || location === '..')
    throw new InvalidModelError(
      `The graph's constants lie in ${location}; they must lie in a file beside it.`,
    );
  const file = path.join(folder, location);
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined)
    throw new InvalidModelError(
      `${location}, which holds constants of the graph, is missing: put it next to the ONNX file.`,
    );
  if (size > LARGEST_FILE)
    throw new InvalidModelError(`${location} has more than ${LARGEST_FILE} bytes.`);
  return readFile(file);
}

/** @param tensor the bytes of a TensorProto */
function placeOf(tensor: Uint8Array): Place | undefined {
  const fields = fieldsOf(tensor);
  const external = fields
    .filter(({ number }) => number === EXTERNAL_DATA)
    .map(contentOf)
    .map(entryOf);
  const isExternal = fields.some(
    (field) => field.number === DATA_LOCATION && numberOf(field) === 1,
  );
  const entries = new Map(external);
  const location = entries.get('location');
  if (!isExternal || location === undefined) return undefined;
  const [offset, length] = ['offset', 'length'].map((key) => entries.get(key));
  return {
    location,
    offset: Number(offset ?? 0),
    length: length === undefined ? undefined : Number(length),
  };
}

/** A StringStringEntryProto. */
function entryOf(bytes: Uint8Array): [string, string] {
  const [key, value] = [1, 2].map((wanted) => {
    const field = fieldsOf(bytes).find(({ number }) => number === wanted);
    return field === undefined ? '' : Buffer.from(contentOf(field)).toString('utf8');
  });
  return [key!, value!];
}

function numberOf({ bytes }: Field): number {
  const reader = protobuf.Reader.create(bytes);
  reader.uint32();
  return reader.uint32();
}

function inlinedField(field: Field, contents: ReadonlyMap<string, Buffer>): Uint8Array {
  const tensor = contentOf(field);
  const place = placeOf(tensor);
  if (place === undefined) return field.bytes;
  const content = contents.get(place.location)!;
  const { offset, length = content.length - offset } = place;
  if (!(offset >= 0 && length >= 0 && offset + length <= content.length))
    throw new InvalidModelError(
      `${place.location} has ${content.length} bytes, and the graph reads up to ${offset + length}.`,
    );
  const kept = fieldsOf(tensor).filter(
    ({ number }) => number !== EXTERNAL_DATA && number !== DATA_LOCATION,
  );
  const data = encodeField(RAW_DATA, content.subarray(offset, offset + length));
  return encodeField(graphFields.initializer, concat([...kept.map(({ bytes }) => bytes), data]));
}
