import { FlatTable } from './flat-table.ts';

/** The operators of a TensorFlow Lite file that can be converted, by their number in its schema. */
const operatorKinds = new Map([
  [0, 'add'],
  [2, 'concatenation'],
  [3, 'conv'],
  [4, 'depthwise-conv'],
  [6, 'dequantize'],
  [17, 'max-pool'],
  [19, 'relu'],
  [22, 'reshape'],
  [34, 'pad'],
] as const);
export type OperatorKind = typeof operatorKinds extends Map<number, infer Kind> ? Kind : never;

export interface TfliteTensor {
  /** As in TensorFlow: pictures are [n, height, width, channels]. */
  shape: number[];
  /** The values of a constant; undefined for values that are computed. */
  data: Float32Array | Int32Array | undefined;
}

/** An operator; inputs and outputs are indices of tensors, −1 where an optional input is missing. */
export interface TfliteOperator {
  kind: OperatorKind;
  inputs: number[];
  outputs: number[];
  /** The operator's own options, such as strides, still by field number. */
  options: FlatTable | undefined;
}

/** The first graph of a TensorFlow Lite file. */
export interface TfliteGraph {
  tensors: TfliteTensor[];
  operators: TfliteOperator[];
  inputs: number[];
  outputs: number[];
}

/** The file is no TensorFlow Lite model, or uses what the conversion does not support. */
export class TfliteError extends Error {
  override readonly name = 'TfliteError';
}

/**
 * Reads a TensorFlow Lite file. Field numbers follow
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs.
 * @throws TfliteError
 */
export function readTflite(file: Uint8Array): TfliteGraph {
  if (Buffer.from(file.subarray(4, 8)).toString('latin1') !== 'TFL3') {
    throw new TfliteError('The file does not start as a TensorFlow Lite model does.');
  }
  const model = FlatTable.root(file);
  const codes = model.tables(1).map((code) => code.integer(3) || code.byte(0));
  const buffers = model.tables(4).map((buffer) => buffer.bytes(0));
  const [graph] = model.tables(2);
  if (graph === undefined) throw new TfliteError('The file holds no graph.');
  return {
    tensors: graph.tables(0).map((tensor) => toTensor(tensor, buffers)),
    operators: graph.tables(3).map((operator) => toOperator(operator, codes)),
    inputs: graph.integers(1),
    outputs: graph.integers(2),
  };
}

function toTensor(tensor: FlatTable, buffers: readonly Uint8Array<ArrayBuffer>[]): TfliteTensor {
  const bytes = buffers[tensor.integer(2)];
  const isConstant = bytes !== undefined && bytes.length > 0;
  return {
    shape: tensor.integers(0),
    data: isConstant ? valuesOf(tensor.byte(1), bytes) : undefined,
  };
}

function valuesOf(type: number, bytes: Uint8Array<ArrayBuffer>): Float32Array | Int32Array {
  switch (type) {
    case 0:
      return new Float32Array(bytes.buffer);
    case 1:
      return Float32Array.from(new Uint16Array(bytes.buffer), fromHalf);
    case 2:
      return new Int32Array(bytes.buffer);
    default:
      throw new TfliteError(`Constants of type ${type} are not supported.`);
  }
}

/** The value of a half-precision float (IEEE 754-2008, binary16). */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function toOperator(operator: FlatTable, codes: readonly number[]): TfliteOperator {
  const code = codes[operator.integer(0)];
  const kind = code === undefined ? undefined : operatorKinds.get(code as 0);
  if (kind === undefined) throw new TfliteError(`Operator ${code} is not supported.`);
  return {
    kind,
    inputs: operator.integers(1),
    outputs: operator.integers(2),
    options: operator.table(4),
  };
}
