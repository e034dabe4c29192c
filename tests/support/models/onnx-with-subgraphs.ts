import protobuf from 'protobufjs';

/**
 * As much of the ONNX schema as graphs take that this project never writes: subgraphs, functions, tensors in attributes and
 * in other files.
 * Names, types and field numbers follow https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
const schema = `
  syntax = "proto2";
  package onnx;
  message AttributeProto {
    optional string name = 1;
    optional float f = 2;
    optional int64 i = 3;
    optional TensorProto t = 5;
    optional GraphProto g = 6;
    repeated int64 ints = 8;
    optional int32 type = 20;
  }
  message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
  message NodeProto {
    repeated string input = 1;
    repeated string output = 2;
    optional string name = 3;
    optional string op_type = 4;
    repeated AttributeProto attribute = 5;
    optional string domain = 7;
  }
  message FunctionProto {
    optional string name = 1;
    repeated string input = 4;
    repeated string output = 5;
    repeated NodeProto node = 7;
    repeated OperatorSetIdProto opset_import = 9;
    optional string domain = 10;
  }
  message ModelProto {
    optional int64 ir_version = 1;
    optional GraphProto graph = 7;
    repeated OperatorSetIdProto opset_import = 8;
    repeated FunctionProto functions = 25;
  }
  message GraphProto {
    repeated NodeProto node = 1;
    optional string name = 2;
    repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11;
    repeated ValueInfoProto output = 12;
  }
  message TensorProto {
    repeated int64 dims = 1;
    optional int32 data_type = 2;
    optional string name = 8;
    optional bytes raw_data = 9;
    repeated StringStringEntryProto external_data = 13;
    optional int32 data_location = 14;
  }
  message StringStringEntryProto { optional string key = 1; optional string value = 2; }
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

/** A model in that schema. */
export const modelProto = protobuf
  .parse(schema, { keepCase: true })
  .root.lookupType('onnx.ModelProto');
