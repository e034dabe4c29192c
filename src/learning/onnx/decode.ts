import { z } from 'zod';
import { InvalidModelError } from './errors.ts';
import {
  type GraphProto,
  attributeType,
  dataType,
  encodeModel,
  fileFormat,
  modelProto,
  operatorSet,
} from './proto.ts';

const bytesPerValue: Readonly<Record<number, number>> = {
  [dataType.float32]: 4,
  [dataType.uint8]: 1,
  [dataType.int8]: 1,
  [dataType.int32]: 4,
  [dataType.int64]: 8,
};

const name = z.string().min(1);

const attributeSchema = z
  .object({
    name,
    type: z.union(Object.values(attributeType).map((type) => z.literal(type))),
    f: z.number().optional(),
    i: z.number().optional(),
    ints: z.array(z.number()).optional(),
  })
  .transform(({ f, i, ints, ...rest }) => ({
    ...rest,
    ...(f !== undefined && { f }),
    ...(i !== undefined && { i }),
    ...(ints !== undefined && { ints }),
  }));

const nodeSchema = z.object({
  input: z.array(z.string()),
  output: z.array(z.string()),
  name: z.string(),
  op_type: name,
  attribute: z.array(attributeSchema).default([]),
});

const tensorSchema = z
  .object({
    dims: z.array(z.int().min(0)).default([]),
    data_type: z.union(Object.values(dataType).map((type) => z.literal(type))),
    name,
    raw_data: z.instanceof(Uint8Array),
  })
  .refine(
    ({ dims, data_type: type, raw_data: data }) =>
      data.length === dims.reduce((product, size) => product * size, bytesPerValue[type]!),
    { error: 'the size of a constant does not match its dimensions' },
  );

const valueInfoSchema = z.object({
  name,
  type: z.object({
    tensor_type: z.object({
      elem_type: z.literal(dataType.float32),
      shape: z.object({
        dim: z.array(
          z.union([z.object({ dim_value: z.int() }), z.object({ dim_param: z.string() })]),
        ),
      }),
    }),
  }),
});

const modelSchema = z.object({
  ir_version: z.literal(fileFormat),
  producer_name: z.string(),
  opset_import: z.tuple([z.object({ domain: z.literal(''), version: z.literal(operatorSet) })]),
  graph: z.object({
    node: z.array(nodeSchema),
    name: z.string(),
    initializer: z.array(tensorSchema).default([]),
    input: z.array(valueInfoSchema),
    output: z.array(valueInfoSchema),
  }),
});

/**
 * Decodes a file that `encodeModel` wrote. Decoding is lossless: encoding the result again gives the same bytes.
 * @throws InvalidModelError if the file is not an ONNX file, or has an operator set, types, attributes or fields that this
 *   project does not write.
 */
export function decodeModel(file: Uint8Array): GraphProto {
  const parsed = modelSchema.safeParse(parseProto(file));
  if (!parsed.success) {
    throw new InvalidModelError(
      `The ONNX file was not written by this project: ${z.prettifyError(parsed.error)}`,
    );
  }
  const { graph, producer_name: producer } = parsed.data;
  if (Buffer.compare(encodeModel(graph, producer), file) === 0) return graph;
  throw new InvalidModelError(
    'The ONNX file was not written by this project: it has unknown fields.',
  );
}

function parseProto(file: Uint8Array): unknown {
  try {
    return modelProto.toObject(modelProto.decode(file), { longs: Number });
  } catch (error) {
    throw new InvalidModelError('The file is not an ONNX file.', { cause: error });
  }
}
