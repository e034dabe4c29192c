import { expect } from 'vitest';
import type { EngineModel } from '../../../src/inference/engine/engine.ts';
import { WorkerEngine, type RestartFacts } from '../../../src/inference/engine/worker-engine.ts';
import { FakeThread } from './fake-thread.ts';
import { ManualClock } from './manual-clock.ts';

export const artifact = { directory: 'x', width: 1, height: 1, mean: 0, std: 1, outputLength: 1 };
export const pixels = (): Uint8Array => new Uint8Array(1);
export const output = Float32Array.of(0.5);
export const engineFault = { name: 'ServiceError', code: 'inference_failed' };

/** A worker engine whose clock and threads the test controls. */
export async function heldWorker() {
  const clock = new ManualClock();
  const threads: FakeThread[] = [];
  const restarts: RestartFacts[] = [];
  const starting = WorkerEngine.start({
    engine: 'tensorflow',
    device: 'auto',
    threads: 0,
    clock,
    onRestart: (facts) => restarts.push(facts),
    startThread: () => {
      const thread = new FakeThread();
      threads.push(thread);
      return thread;
    },
  });
  threads[0]!.becomeReady('gpu');
  const engine = await starting;
  return { clock, threads, restarts, engine };
}

async function loadModel(engine: WorkerEngine, thread: FakeThread): Promise<EngineModel> {
  const loading = engine.load(artifact);
  await Promise.resolve();
  expect(thread.answer()).toMatchObject({ kind: 'load', artifact });
  return loading;
}

/** Like `heldWorker`, with a loaded model. */
export async function heldWorkerWithModel() {
  const held = await heldWorker();
  return { ...held, model: await loadModel(held.engine, held.threads[0]!) };
}
