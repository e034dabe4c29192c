import { describe, expect, it } from 'vitest';
import { InvalidModelError } from '../../../../src/learning/onnx/errors.ts';
import { joinOutputs } from '../../../../src/learning/onnx/import/join-outputs.ts';
import { node } from '../../../support/models/hostile-graphs.ts';
import { modelProto } from '../../../support/models/onnx-with-subgraphs.ts';
import { twoOutputGraph } from '../../../support/models/two-output-graph.ts';
import { answerOf } from '../../../support/models/small-graph.ts';

const dims = [2, 2, 2, 1];
const pixels = Float32Array.of(1, 2, 3, 4, -1, -2, -3, -4);

interface DecodedGraph {
  node: { op_type: string; output: string[] }[];
  output: { name: string }[];
}

const graphOf = (file: Uint8Array) =>
  (modelProto.toObject(modelProto.decode(file)) as { graph: DecodedGraph }).graph;

describe('joinOutputs', () => {
  it.each(['column', 'list'] as const)(
    'puts a face probability that is a %s behind each row',
    async (form) => {
      const file = twoOutputGraph({ side: 2, outputs: 3, form });
      const joined = await answerOf(joinOutputs(file, 'is_face'), pixels, dims);
      const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
      const expected = [1 / 3, 1 / 3, 1 / 3, sigmoid(10), 1 / 3, 1 / 3, 1 / 3, sigmoid(-10)];
      expect([...joined].map((value) => value.toFixed(5))).toEqual(
        expected.map((value) => value.toFixed(5)),
      );
    },
  );

  it('works where the face probability is the first output, and drops further outputs', async () => {
    const file = twoOutputGraph({ side: 2, outputs: 3, order: ['is_face', 'answers', 'flat'] });
    const joined = joinOutputs(file, 'is_face');
    expect(graphOf(joined).output.map(({ name }) => name)).toEqual(['ages_and_face']);
    expect(await answerOf(joined, pixels, dims)).toHaveLength(8);
  });

  it('gives names to the new values that the graph does not have', async () => {
    const nodes = [
      node('Identity', ['answers'], 'ages_and_face'),
      node('Identity', ['is_face'], 'face_column'),
    ];
    const joined = joinOutputs(twoOutputGraph({ side: 2, outputs: 3, nodes }), 'is_face');
    expect(
      graphOf(joined)
        .node.flatMap(({ output }) => output)
        .slice(-2),
    ).toEqual(['face_column_2', 'ages_and_face_2']);
    expect(await answerOf(joined, pixels, dims)).toHaveLength(8);
  });

  it('keeps what it does not know, such as functions and other operator sets', () => {
    const file = twoOutputGraph({ side: 2, outputs: 3 });
    const known = modelProto.toObject(modelProto.decode(file)) as object;
    const functions = [{ name: 'F', domain: 'own', input: ['a'], output: ['b'] }];
    const sets = [
      { domain: '', version: 12 },
      { domain: 'own', version: 1 },
    ];
    const extended = modelProto.encode({ ...known, functions, opset_import: sets }).finish();
    const joined = modelProto.toObject(modelProto.decode(joinOutputs(extended, 'is_face')), {
      longs: Number,
    });
    expect(joined.functions).toMatchObject(functions);
    expect(joined.opset_import).toMatchObject(sets);
  });

  it.each([
    ['nothing', 'The graph has no output nothing; it has answers, is_face.', {}],
    ['is_face', 'The graph has no output but is_face.', { order: ['is_face'] }],
    ['is_face', 'The output answers of the graph is not float32.', { elementType: 11 }],
  ])('refuses the output %s: %s', (name, message, options) => {
    const file = twoOutputGraph({ side: 2, outputs: 3, ...options });
    expect(() => joinOutputs(file, name)).toThrow(new InvalidModelError(message));
  });

  it.each([
    ['text', Buffer.from('{"not": "a network"}')],
    ['nothing', new Uint8Array()],
    ['a graph that ends early', twoOutputGraph({ side: 2, outputs: 3 }).subarray(0, 60)],
  ])('refuses a file with %s', (_what, file) => {
    expect(() => joinOutputs(file, 'is_face')).toThrow(InvalidModelError);
  });
});
