import { rm } from 'node:fs/promises';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EngineArtifact } from '../../../src/inference/engine/engine.ts';
import {
  WorkerEngine,
  startEngineThread,
  type WorkerEngineOptions,
} from '../../../src/inference/engine/worker-engine.ts';
import { tinyAnswers, tinyPixels, writeTinyNetwork } from '../../support/models/tiny-network.ts';

let artifact: EngineArtifact;
const engines: WorkerEngine[] = [];

async function start(options: Partial<WorkerEngineOptions> = {}): Promise<WorkerEngine> {
  const settings = { engine: 'onnxruntime', device: 'cpu', threads: 1 } as const;
  const engine = await WorkerEngine.start({ ...settings, ...options });
  engines.push(engine);
  return engine;
}

beforeAll(async () => {
  artifact = await writeTinyNetwork();
});
afterAll(() => rm(artifact.directory, { recursive: true }));
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

describe('onnxruntime in its worker thread', () => {
  it('answers what the network computes and takes ownership of the pixels', async () => {
    const model = await (await start()).load(artifact);
    const pixels = tinyPixels(3);
    const expected = tinyAnswers(pixels);
    const output = await model.run(pixels, 3);
    expect(output).toHaveLength(9);
    expected.forEach((value, index) => expect(output[index]).toBeCloseTo(value, 5));
    expect(pixels.byteLength).toBe(0);
  });

  it('keeps runs of different sizes and models apart', async () => {
    const engine = await start();
    const models = [await engine.load(artifact), await engine.load({ ...artifact, mean: 0.1 })];
    const [first, second, other] = await Promise.all([
      models[0]!.run(tinyPixels(2, 1), 2),
      models[0]!.run(tinyPixels(2, 2), 2),
      models[1]!.run(tinyPixels(2, 1), 2),
    ]);
    const [row] = [tinyAnswers(tinyPixels(2, 1)), tinyAnswers(tinyPixels(2, 2))];
    expect(first[0]).toBeCloseTo(row[0]!, 5);
    expect(second[0]).toBeCloseTo(tinyAnswers(tinyPixels(2, 2))[0]!, 5);
    expect(other[0]).not.toBeCloseTo(row[0]!, 3);
  });

  it('refuses a folder without a model, the wrong number of pixels, and outputs of another length', async () => {
    const engine = await start();
    await expect(engine.load({ ...artifact, directory: '/nowhere' })).rejects.toThrow('model.onnx');
    const model = await engine.load(artifact);
    await expect(model.run(tinyPixels(3), 2)).rejects.toThrow(
      '48 pixels for 2 images, expected 32',
    );
    const wrong = await engine.load({ ...artifact, outputLength: 4 });
    await expect(wrong.run(tinyPixels(2), 2)).rejects.toThrow('6 values for 2 images, expected 8');
    expect(await model.run(tinyPixels(1), 1)).toHaveLength(3);
  });

  it('answers again after its thread has ended', async () => {
    const threads: Worker[] = [];
    const reasons: string[] = [];
    const engine = await start({
      startThread: (settings) => {
        const thread = startEngineThread(settings);
        threads.push(thread);
        return thread;
      },
      onRestart: ({ reason }) => reasons.push(reason),
    });
    const model = await engine.load(artifact);
    const ended = threads[0]!.terminate();
    const held = model.run(tinyPixels(1), 1).catch((error: unknown) => error);
    await ended;
    expect(await held).toMatchObject({ code: 'inference_failed' });
    expect(await model.run(tinyPixels(1), 1)).toHaveLength(3);
    expect(reasons).toEqual(['the worker exited with code 1']);
  });
});
