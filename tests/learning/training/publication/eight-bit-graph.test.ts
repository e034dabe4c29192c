import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawFaceJpeg } from '../../../../src/drawing/draw-face.ts';
import { decodeModel } from '../../../../src/learning/onnx/decode.ts';
import { preprocess } from '../../../../src/inference/preprocess/preprocess.ts';
import { defaultPreprocessSpec as spec } from '../../../../src/inference/preprocess/spec.ts';
import { eightBitGraph } from '../../../../src/learning/training/publication/int8-form.ts';
import { answerOf } from '../../../support/models/small-graph.ts';
import { writeTinyNetwork } from '../../../support/models/tiny-network.ts';

const drawn = async (age: number, seed: number) =>
  (await preprocess(drawFaceJpeg({ age, seed }), spec, { maxPixels: 1_000_000 })).pixels;

const meanAge = (distribution: Float32Array) =>
  distribution.reduce((sum, probability, age) => sum + probability * age, 0);

let float: Buffer;
let integer: Uint8Array;

beforeAll(async () => {
  float = await readFile('models/face-age/3/model.onnx');
  const pictures = await Promise.all(
    Array.from({ length: 40 }, (_, index) => drawn((index * 7) % 90, index)),
  );
  integer = (await eightBitGraph(float, spec, pictures))!;
});

describe('the 8-bit form of the shipped network', () => {
  it('is less than a third of the size', () => {
    expect(integer.length).toBeLessThan(float.length / 3);
  });

  it('is read back, as it is one of ours', () => {
    expect(decodeModel(integer).output[0]!.name).toBe('age_distribution');
  });

  it('is the same to the byte when made again', async () => {
    const pictures = await Promise.all([drawn(5, 1), drawn(60, 2)]);
    const once = await eightBitGraph(float, spec, pictures);
    expect(Buffer.compare(once!, (await eightBitGraph(float, spec, pictures))!)).toBe(0);
  });

  it('takes a face for about the same age', async () => {
    for (const [age, seed] of [
      [3, 101],
      [25, 102],
      [70, 103],
    ] as const) {
      const grey = await drawn(age, seed);
      const pixels = Float32Array.from(grey, (level) => (level / 255 - spec.mean) / spec.std);
      const dims = [1, spec.height, spec.width, 1];
      const expected = meanAge(await answerOf(float, pixels, dims));
      const answer = meanAge(await answerOf(integer, pixels, dims));
      expect(Math.abs(answer - expected)).toBeLessThan(2);
    }
  });

  it('runs in integers: no convolution of floats is left when the runtime has fused it', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'face-age-fused-'));
    try {
      const fused = path.join(folder, 'fused.onnx');
      const session = await ort.InferenceSession.create(integer, {
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

  it('is none where nothing would compute in integers', async () => {
    const { directory, ...tiny } = await writeTinyNetwork();
    const file = await readFile(path.join(directory, 'model.onnx'));
    await rm(directory, { recursive: true });
    expect(await eightBitGraph(file, tiny, [])).toBeUndefined();
  });

  it('needs pictures', async () => {
    await expect(eightBitGraph(float, spec, [])).rejects.toThrow(/range of .* is not known/);
  });
});
