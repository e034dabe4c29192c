import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../../../src/drawing/draw-face.ts';
import * as ort from '../../../../src/inference/engine/onnx-runtime.ts';
import { residual } from '../../../../src/learning/networks/residual.ts';
import { decodeModel } from '../../../../src/learning/onnx/decode.ts';
import { exportOnnx } from '../../../../src/learning/onnx/export.ts';
import { encodeModel } from '../../../../src/learning/onnx/proto.ts';
import { preprocess } from '../../../../src/inference/preprocess/preprocess.ts';
import { defaultPreprocessSpec as spec } from '../../../../src/inference/preprocess/spec.ts';
import { quantizeGraph } from '../../../../src/learning/training/publication/int8-form.ts';
import { artifactsOf, loadJavaScriptTensorFlow, randomizeWeights } from '../../onnx/agreement.ts';
import { answerOf } from '../../../support/models/small-graph.ts';
import { writeTinyNetwork } from '../../../support/models/tiny-network.ts';

const drawn = async (age: number, seed: number) =>
  (await preprocess(drawFaceJpeg({ age, seed }), spec, { maxPixels: 1_000_000 })).pixels;

const meanAge = (distribution: Float32Array) =>
  distribution.reduce((sum, probability, age) => sum + probability * age, 0);

let float32: Buffer;
let int8: Uint8Array;

beforeAll(async () => {
  float32 = await readFile('models/face-age/4/model.onnx');
  const pictures = await Promise.all(
    Array.from({ length: 40 }, (_, index) => drawn((index * 7) % 90, index)),
  );
  int8 = (await quantizeGraph(float32, spec, pictures))!;
});

describe('the 8-bit form of the shipped network', () => {
  it('has less than a third of the size', () => {
    expect(int8.length).toBeLessThan(float32.length / 3);
  });

  it('can be decoded again', () => {
    expect(decodeModel(int8).output[0]!.name).toBe('age_distribution');
  });

  it('is byte-identical when it is created again', async () => {
    const pictures = await Promise.all([drawn(5, 1), drawn(60, 2)]);
    const once = await quantizeGraph(float32, spec, pictures);
    expect(Buffer.compare(once!, (await quantizeGraph(float32, spec, pictures))!)).toBe(0);
  });

  it('predicts about the same age for a face', async () => {
    for (const [age, seed] of [
      [3, 101],
      [25, 102],
      [70, 103],
    ] as const) {
      const gray = await drawn(age, seed);
      const pixels = Float32Array.from(gray, (level) => (level / 255 - spec.mean) / spec.std);
      const dims = [1, spec.height, spec.width, 1];
      const expected = meanAge(await answerOf(float32, pixels, dims));
      const answer = meanAge(await answerOf(int8, pixels, dims));
      expect(Math.abs(answer - expected)).toBeLessThan(2);
    }
  });

  it('runs in integers: no float convolution is left after the runtime has fused the graph', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'face-age-fused-'));
    try {
      const fused = path.join(folder, 'fused.onnx');
      const session = await ort.InferenceSession.create(int8, {
        optimizedModelFilePath: fused,
        logSeverityLevel: 3,
      });
      await session.release();
      const text = (await readFile(fused)).toString('latin1');
      expect(text.match(/QLinearConv/g)!.length).toBeGreaterThanOrEqual(17);
      expect(text).not.toMatch(/FusedConv/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is undefined if nothing would compute in integers', async () => {
    const { directory, ...tiny } = await writeTinyNetwork();
    const file = await readFile(path.join(directory, 'model.onnx'));
    await rm(directory, { recursive: true });
    expect(await quantizeGraph(file, tiny, [])).toBeUndefined();
  });

  it('requires pictures', async () => {
    await expect(quantizeGraph(float32, spec, [])).rejects.toThrow(/range of .* is missing/);
  });
});

it('the face output stays in 32 bits, next to the ages', async () => {
  const tf = await loadJavaScriptTensorFlow();
  const stages = [{ channels: 12, blocks: 1 }];
  const model = residual(tf, { width: 24, height: 24, stemChannels: 8, stages, faceOutput: true });
  randomizeWeights(tf, model);
  const file = exportOnnx(await artifactsOf(tf, model), { outputName: 'age_distribution' });
  const small = { ...spec, width: 24, height: 24 };
  const pictures = await Promise.all(
    Array.from({ length: 20 }, async (_, seed) => {
      const photo = drawFaceJpeg({ age: (seed * 9) % 90, seed });
      return (await preprocess(photo, small, { maxPixels: 1_000_000 })).pixels;
    }),
  );
  const graph = decodeModel((await quantizeGraph(file, small, pictures))!);
  expect(graph.node.slice(-5).map(({ op_type: operator }) => operator)).toEqual([
    'Gemm',
    'Softmax',
    'Gemm',
    'Sigmoid',
    'Concat',
  ]);
  for (const gray of pictures.slice(0, 5)) {
    const pixels = Float32Array.from(gray, (level) => (level / 255 - spec.mean) / spec.std);
    const expected = await answerOf(file, pixels, [1, 24, 24, 1]);
    const answer = await answerOf(encodeModel(graph, 'face-age'), pixels, [1, 24, 24, 1]);
    expect(answer).toHaveLength(102);
    expect(answer.slice(0, 101).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    expect(Math.abs(answer[101]! - expected[101]!)).toBeLessThan(0.05);
  }
});
