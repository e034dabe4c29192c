import protobuf from 'protobufjs';

/**
 * The part of the ONNX schema that this project writes; names, types, and field numbers follow
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
const schema = `
  syntax = "proto2";
  package onnx;
  message AttributeProto {
    enum AttributeType { UNDEFINED = 0; FLOAT = 1; INT = 2; STRING = 3; FLOATS = 6; INTS = 7; }
    optional string name = 1;
    optional float f = 2;
    optional int64 i = 3;
    repeated int64 ints = 8;
    optional AttributeType type = 20;
  }
  message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
  message NodeProto {
    repeated string input = 1;
    repeated string output = 2;
    optional string name = 3;
    optional string op_type = 4;
    repeated AttributeProto attribute = 5;
  }
  message ModelProto {
    optional int64 ir_version = 1;
    optional string producer_name = 2;
    optional GraphProto graph = 7;
    repeated OperatorSetIdProto opset_import = 8;
  }
  message GraphProto {
    repeated NodeProto node = 1;
    optional string name = 2;
    repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11;
    repeated ValueInfoProto output = 12;
  }
  message TensorProto {
    enum DataType { UNDEFINED = 0; FLOAT = 1; UINT8 = 2; INT8 = 3; INT32 = 6; INT64 = 7; }
    repeated int64 dims = 1;
    optional int32 data_type = 2;
    optional string name = 8;
    optional bytes raw_data = 9;
  }
  message TensorShapeProto {
    message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
    repeated Dimension dim = 1;
  }
  message TypeProto {
    message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
    oneof value { Tensor tensor_type = 1; }
  }
  message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
`;

export const dataType = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
export const attributeType = { float: 1, int: 2, ints: 7 } as const;

export interface AttributeProto {
  name: string;
  type: number;
  f?: number;
  i?: number;
  ints?: readonly number[];
}

export interface NodeProto {
  input: readonly string[];
  output: readonly string[];
  name: string;
  op_type: string;
  attribute: readonly AttributeProto[];
}

export interface TensorProto {
  dims: readonly number[];
  data_type: number;
  name: string;
  /** Little-endian. */
  raw_data: Uint8Array;
}

export interface ValueInfoProto {
  name: string;
  type: {
    tensor_type: {
      elem_type: number;
      /** If it is absent, any shape is allowed. */
      shape?: { dim: readonly ({ dim_value: number } | { dim_param: string })[] };
    };
  };
}

export interface GraphProto {
  node: readonly NodeProto[];
  name: string;
  initializer: readonly TensorProto[];
  input: readonly ValueInfoProto[];
  output: readonly ValueInfoProto[];
}

/** Operator set 17 (ONNX 1.12) belongs to version 8 of the file format; all readers of recent years support both. */
export const operatorSet = 17;
export const fileFormat = 8;

export const modelProto = protobuf
  .parse(schema, { keepCase: true })
  .root.lookupType('onnx.ModelProto');

/** Serializes a graph as an ONNX file; the same graph gives the same bytes. */
export function encodeModel(graph: GraphProto, producerName: string): Uint8Array {
  const model = {
    ir_version: fileFormat,
    producer_name: producerName,
    graph,
    opset_import: [{ domain: '', version: operatorSet }],
  };
  return modelProto.encode(model).finish();
}
