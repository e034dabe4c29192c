import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../../src/learning/onnx/decode.ts';
import { InvalidModelError } from '../../../src/learning/onnx/errors.ts';
import { type GraphProto, encodeModel, modelProto } from '../../../src/learning/onnx/proto.ts';
import { smallGraph } from '../../support/models/small-graph.ts';

const graph = smallGraph();
const file = encodeModel(graph, 'tests');

/** Returns the file with a modification that the encoder would not write. */
function changed(change: (model: { graph: GraphProto } & Record<string, unknown>) => object) {
  const model = modelProto.toObject(modelProto.decode(file), { longs: Number });
  return modelProto.encode(change(model as never)).finish();
}

describe('decodeModel', () => {
  it('decodes what was encoded', () => {
    const read = decodeModel(file);
    expect(read.node.map(({ op_type: type }) => type)).toEqual(
      graph.node.map(({ op_type: type }) => type),
    );
    expect(encodeModel(read, 'tests')).toEqual(file);
  });

  it('decodes the shipped network', async () => {
    const shipped = await readFile('models/face-age/4/model.onnx');
    const { node, initializer } = decodeModel(shipped);
    expect(node.filter(({ op_type: type }) => type === 'Conv')).toHaveLength(17);
    expect(initializer.find(({ name }) => name === 'stem_conv/kernel')?.dims).toEqual([
      24, 1, 3, 3,
    ]);
  });

  it('rejects a different operator set', () => {
    const other = changed((model) => ({ ...model, opset_import: [{ domain: '', version: 13 }] }));
    expect(() => decodeModel(other)).toThrow(/opset_import/);
  });

  it('rejects a constant whose size does not match its dimensions', () => {
    const cut = changed((model) => ({
      ...model,
      graph: {
        ...model.graph,
        initializer: model.graph.initializer.map((tensor) => ({
          ...tensor,
          raw_data: tensor.raw_data.slice(1),
        })),
      },
    }));
    expect(() => decodeModel(cut)).toThrow(/does not match its dimensions/);
  });

  it('rejects an unknown type', () => {
    const strange = changed((model) => ({
      ...model,
      graph: {
        ...model.graph,
        initializer: model.graph.initializer.map((tensor) => ({ ...tensor, data_type: 16 })),
      },
    }));
    expect(() => decodeModel(strange)).toThrow(InvalidModelError);
  });

  it('rejects a field that decoding would lose', () => {
    // Field 6 of ModelProto, doc_string, as a length of two and "hi".
    const documented = Uint8Array.from([...file, 0x32, 2, 0x68, 0x69]);
    expect(() => decodeModel(documented)).toThrow(/has unknown fields/);
  });

  it.each([
    ['a file that is not ONNX', Buffer.from('not really a network')],
    ['a truncated file', file.subarray(0, file.length - 10)],
    ['an empty file', new Uint8Array()],
  ])('rejects %s', (_what, bytes) => {
    expect(() => decodeModel(bytes)).toThrow(InvalidModelError);
  });
});
