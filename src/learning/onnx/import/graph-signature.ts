import { z } from 'zod';
import { contentOf, fieldsOf, graphFields, graphOf, type Field } from './graph-fields.ts';
import { modelProto } from '../proto.ts';

const valueInfoProto = modelProto.root.lookupType('onnx.ValueInfoProto');
const tensorProto = modelProto.root.lookupType('onnx.TensorProto');

/** An input or output of a graph. */
export interface GraphValue {
  name: string;
  /** TensorProto.DataType; undefined if it is no tensor. */
  elementType: number | undefined;
  /** Null for a dimension that may have any size; undefined where the file does not say how many there are. */
  dims: readonly (number | null)[] | undefined;
}

/** What a graph takes and gives. Constants, which old files list among the inputs, are none. */
export interface GraphSignature {
  inputs: readonly GraphValue[];
  outputs: readonly GraphValue[];
}

const dimensionSchema = z.object({
  dim_value: z.number().optional(),
  dim_param: z.string().optional(),
});

const valueSchema = z.object({
  name: z.string(),
  type: z
    .object({
      tensor_type: z
        .object({
          elem_type: z.number().optional(),
          shape: z.object({ dim: z.array(dimensionSchema).default([]) }).optional(),
        })
        .optional(),
    })
    .optional(),
});

/** @throws InvalidModelError if the file is not an ONNX file */
export function readSignature(file: Uint8Array): GraphSignature {
  const fields = fieldsOf(graphOf(file));
  const constants = new Set(of(fields, graphFields.initializer).map((bytes) => tensorName(bytes)));
  const inputs = of(fields, graphFields.input).map(valueOf);
  return {
    inputs: inputs.filter(({ name }) => !constants.has(name)),
    outputs: of(fields, graphFields.output).map(valueOf),
  };
}

function of(fields: readonly Field[], number: number): Uint8Array[] {
  return fields.filter((field) => field.number === number).map(contentOf);
}

function tensorName(bytes: Uint8Array): string {
  return (tensorProto.decode(bytes) as unknown as { name: string }).name;
}

function valueOf(bytes: Uint8Array): GraphValue {
  const { name, type } = valueSchema.parse(
    valueInfoProto.toObject(valueInfoProto.decode(bytes), { longs: Number }),
  );
  const tensor = type?.tensor_type;
  // A size that the file gives as 0 is not known either.
  const dims = tensor?.shape?.dim.map(({ dim_value: size = 0 }) => (size > 0 ? size : null));
  return { name, elementType: tensor?.elem_type, dims };
}
