import { beforeEach, describe, expect, it } from 'vitest';
import { EngineQueueTimer } from '../../../src/inference/batching/engine-queue-timer.ts';
import { createOnnxEngine } from '../../../src/inference/engine/onnx-engine.ts';
import type { Engine, EngineModel } from '../../../src/inference/engine/engine.ts';
import { DETECTOR_OUTPUTS, DETECTOR_SIDE } from '../../../src/inference/faces/anchors.ts';
import {
  readLocalDetector,
  shippedDetector,
} from '../../../src/registry/detector/local-detector.ts';
import { DetectorPool } from '../../../src/registry/loading/detector-pool.ts';
import type { LocalDetector } from '../../../src/registry/registry.ts';

let detector: LocalDetector;
let models: { runs: number[]; disposed: number }[];
let pool: DetectorPool;

/** The real engine, whose models count their runs. */
function countingEngine(): Engine {
  const engine = createOnnxEngine({ threads: 1 });
  return {
    name: 'onnxruntime',
    device: 'cpu',
    load: async (artifact) => {
      const model = await engine.load(artifact);
      const counts = { runs: [] as number[], disposed: 0 };
      models.push(counts);
      return {
        run: (pixels, count) => {
          counts.runs.push(count);
          return model.run(pixels, count);
        },
        dispose: () => {
          counts.disposed += 1;
          return model.dispose();
        },
      } satisfies EngineModel;
    },
    close: () => engine.close(),
  };
}

const options = { signal: new AbortController().signal, deadlineAtMs: Infinity };
const squares = (count: number) =>
  Array.from({ length: count }, () => new Uint8Array(DETECTOR_SIDE ** 2).fill(100));

beforeEach(async () => {
  models = [];
  detector = await readLocalDetector(shippedDetector(1));
  pool = new DetectorPool({ engine: countingEngine(), queueTimer: new EngineQueueTimer() });
});

describe('DetectorPool', () => {
  it('loads a detector once for all versions that name it, and frees it with the last', async () => {
    const [one, other] = await Promise.all([pool.acquire(detector), pool.acquire(detector)]);
    expect(models).toHaveLength(1);
    await one.release();
    expect(models[0]!.disposed).toBe(0);
    await other.release();
    expect(models[0]!.disposed).toBe(1);
    const again = await pool.acquire(detector);
    expect(models).toHaveLength(2);
    await again.release();
  });

  it('answers each square in its place, in batches', async () => {
    const shared = await pool.acquire(detector);
    models[0]!.runs = [];
    const outputs = await shared.detect(squares(10), options);
    expect(outputs.map(({ length }) => length)).toEqual(new Array(10).fill(DETECTOR_OUTPUTS));
    expect(models[0]!.runs.length).toBeLessThan(10);
    expect(Math.max(...models[0]!.runs)).toBeLessThanOrEqual(8);
    await shared.release();
  });

  it('leaves the queue when its request is abandoned', async () => {
    const shared = await pool.acquire(detector);
    const controller = new AbortController();
    const outputs = shared.detect(squares(3), { ...options, signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(outputs).rejects.toThrow('gone');
    await shared.release();
  });

  it('loads nothing for a detector that does not see what it should, and tries again next time', async () => {
    const { golden } = detector.manifest;
    const manifest = {
      ...detector.manifest,
      golden: golden.map((sample) => ({
        ...sample,
        detections: sample.detections.map((seen) => ({ ...seen, score: seen.score / 2 })),
      })),
    };
    await expect(pool.acquire({ ...detector, manifest })).rejects.toThrow(/golden sample/);
    expect(models[0]!.disposed).toBe(1);
    await (await pool.acquire(detector)).release();
  });
});
