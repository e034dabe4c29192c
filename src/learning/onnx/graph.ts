import {
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
  attributeType,
  dataType,
} from './proto.ts';
import type { Shape } from './shape.ts';
import type { Tensor } from './weights.ts';

/** A value in the ONNX graph; see Shape for its memory layout. */
export interface Value {
  name: string;
  shape: Shape;
}

/** The values of a constant, as typed arrays. */
export type ConstantData = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

export type Attributes = Readonly<Record<string, number | readonly number[] | { float: number }>>;

/** Collects the nodes and constants of an ONNX graph and gives each a unique name. */
export class GraphBuilder {
  readonly #nodes: NodeProto[] = [];
  readonly #constants: TensorProto[] = [];
  readonly #names = new Set<string>();

  /** @param reserved names that no node or constant may take. */
  constructor(reserved: readonly string[]) {
    for (const name of reserved) this.#names.add(name);
  }

  /**
   * Adds a node with one output.
   * @param name preferred name of the node and its output; a number is appended if it is taken.
   * @returns the name of its output.
   */
  node(opType: string, name: string, inputs: readonly string[], attributes?: Attributes): string {
    const output = this.#take(name);
    const attribute = Object.entries(attributes ?? {}).map(encodeAttribute);
    this.#nodes.push({ input: inputs, output: [output], name: output, op_type: opType, attribute });
    return output;
  }

  /** Adds a float32 constant and returns its name. */
  floats(name: string, { dims, data }: Tensor): string {
    return this.constant(name, dims, data);
  }

  /** Adds an int64 vector and returns its name. */
  integers(name: string, values: readonly number[]): string {
    return this.constant(name, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Adds a constant with the type of the data and returns its name. */
  constant(preferred: string, dims: readonly number[], data: ConstantData): string {
    const name = this.#take(preferred);
    this.#constants.push({ dims, data_type: dataTypeOf(data), name, raw_data: bytesOf(data) });
    return name;
  }

  /** Adds a node from another graph, whose names must have been reserved. */
  adopt(node: NodeProto): void {
    this.#nodes.push(node);
  }

  get nodes(): readonly NodeProto[] {
    return this.#nodes;
  }

  get constants(): readonly TensorProto[] {
    return this.#constants;
  }

  /**
   * Builds the graph.
   * @param result name of the value that becomes the output; it is renamed to the name of the output.
   */
  build(input: Value, result: string, output: Value): GraphProto {
    const produced = result === input.name ? this.node('Identity', 'unchanged', [result]) : result;
    const renamed = (name: string): string => (name === produced ? output.name : name);
    const node = this.#nodes.map((each) => ({
      ...each,
      input: each.input.map(renamed),
      output: each.output.map(renamed),
    }));
    return {
      node,
      name: 'network',
      initializer: this.#constants,
      input: [valueInfo(input)],
      output: [valueInfo(output)],
    };
  }

  #take(preferred: string): string {
    let name = preferred;
    for (let count = 2; this.#names.has(name); count++) name = `${preferred}_${count}`;
    this.#names.add(name);
    return name;
  }
}

/** @param value has a shape as in TensorFlow, without the dynamic batch dimension. */
function valueInfo({ name, shape }: Value): ValueInfoProto {
  const dim = [{ dim_param: 'n' }, ...shape.map((size) => ({ dim_value: size }))];
  return { name, type: { tensor_type: { elem_type: dataType.float32, shape: { dim } } } };
}

function encodeAttribute([name, value]: [string, Attributes[string]]): AttributeProto {
  if (typeof value === 'number') return { name, type: attributeType.int, i: value };
  if ('float' in value) return { name, type: attributeType.float, f: value.float };
  return { name, type: attributeType.ints, ints: value };
}

function dataTypeOf(data: ConstantData): number {
  if (data instanceof Float32Array) return dataType.float32;
  if (data instanceof Uint8Array) return dataType.uint8;
  if (data instanceof Int8Array) return dataType.int8;
  return data instanceof Int32Array ? dataType.int32 : dataType.int64;
}

/** Returns the raw bytes. ONNX and tfjs require little-endian values, which all platforms supported by tfjs use. */
function bytesOf(values: ConstantData): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
