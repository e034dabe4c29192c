import { attributeType, type NodeProto, type TensorProto } from '../proto.ts';

/** A node whose first input is the value before it, with constants behind it. */
export interface Step {
  operator: string;
  attributes?: NodeProto['attribute'];
  constants?: Omit<TensorProto, 'name'>[];
}

/** @param type a TensorProto.DataType */
export function castTo(type: number): Step {
  return { operator: 'Cast', attributes: [intAttribute('to', type)] };
}

export function intAttribute(name: string, i: number): NodeProto['attribute'][number] {
  return { name, type: attributeType.int, i };
}

/** @param type the TensorProto.DataType of the values */
export function tensorOf(
  type: number,
  dims: number[],
  values: Float32Array | BigInt64Array,
): Omit<TensorProto, 'name'> {
  const raw_data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { dims, data_type: type, raw_data };
}
