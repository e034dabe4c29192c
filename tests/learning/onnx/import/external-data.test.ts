import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as ort from '../../../../src/inference/engine/onnx-runtime.ts';
import { inlineExternalData } from '../../../../src/learning/onnx/import/external-data.ts';
import { foreignGraph, weightBytes } from '../../../support/models/foreign-graph.ts';

const shape = { dims: [null, 2, 3, 1], inputs: 6, outputs: 4 };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'external-data-'));
});
afterEach(() => rm(folder, { recursive: true }));

const withData = (content: Uint8Array) =>
  writeFile(path.join(folder, 'weights.data'), Buffer.concat([Buffer.alloc(16), content]));

describe('constants beside an ONNX file', () => {
  it('are moved into it, so that it answers alone', async () => {
    await withData(weightBytes(shape));
    const { file, taken } = await inlineExternalData(
      foreignGraph({ ...shape, external: true }),
      folder,
    );
    expect(taken).toEqual(['weights.data']);
    const pixels = Float32Array.from({ length: 6 }, (_, at) => at / 6);
    const answerWith = async (graph: Uint8Array) => {
      const session = await ort.InferenceSession.create(graph);
      const outputs = await session.run({ input: new ort.Tensor('float32', pixels, [1, 2, 3, 1]) });
      await session.release();
      return [...(outputs.output!.data as Float32Array)];
    };
    expect(await answerWith(file)).toEqual(await answerWith(foreignGraph(shape)));
  });

  it('are left alone where there are none', async () => {
    const file = foreignGraph(shape);
    expect(await inlineExternalData(file, folder)).toEqual({ file, taken: [] });
  });

  it.each([
    [
      'missing',
      () => Promise.resolve(),
      /weights\.data, which holds constants of the graph, is missing: put it next to/,
    ],
    [
      'too short',
      () => withData(weightBytes(shape).subarray(0, 40)),
      /has 56 bytes, and the graph reads up to 112/,
    ],
  ])('are refused where their file is %s', async (_what, prepare, message) => {
    await prepare();
    const file = foreignGraph({ ...shape, external: true });
    await expect(inlineExternalData(file, folder)).rejects.toThrow(message);
  });

  it('are refused where they lie elsewhere', async () => {
    const file = Buffer.from(foreignGraph({ ...shape, external: true }));
    const at = file.indexOf('weights.data');
    file.write('../../passwd', at);
    await expect(inlineExternalData(file, folder)).rejects.toThrow(/must lie in a file beside it/);
  });
});
