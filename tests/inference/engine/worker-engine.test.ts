import { describe, expect, it } from 'vitest';
import { EngineUnavailableError } from '../../../src/inference/engine/engine.ts';
import { WorkerEngine } from '../../../src/inference/engine/worker-engine.ts';
import { FakeThread } from '../../support/fakes/fake-thread.ts';
import {
  engineFault,
  heldWorker,
  heldWorkerWithModel,
  pixels,
} from '../../support/fakes/held-worker.ts';

describe('a stable worker', () => {
  it('reports the engine and the device that the worker found', async () => {
    const { engine } = await heldWorker();
    expect(engine).toMatchObject({ name: 'tensorflow', device: 'gpu' });
  });

  it('answers each run with its own output', async () => {
    const { model, threads, clock } = await heldWorkerWithModel();
    const first = model.run(pixels(), 1);
    const second = model.run(pixels(), 1);
    await clock.turn();
    threads[0]!.answer(Float32Array.of(1));
    threads[0]!.answer(Float32Array.of(2));
    expect([await first, await second]).toEqual([Float32Array.of(1), Float32Array.of(2)]);
  });

  it('attributes a failed run to the images, and out of memory to the engine', async () => {
    const { model, threads, clock } = await heldWorkerWithModel();
    const poisoned = expect(model.run(pixels(), 1)).rejects.not.toMatchObject(engineFault);
    await clock.turn();
    threads[0]!.fail('failed', 'bad tensor');
    await poisoned;
    const starved = expect(model.run(pixels(), 1)).rejects.toMatchObject(engineFault);
    await clock.turn();
    threads[0]!.fail('out-of-memory', 'OOM');
    await starved;
  });

  it('transfers whole buffers and copies views of a part', async () => {
    const { model, threads, clock } = await heldWorkerWithModel();
    const whole = Uint8Array.of(7);
    const part = Uint8Array.of(1, 2, 3).subarray(1, 2);
    void model.run(whole, 1);
    void model.run(part, 1);
    await clock.turn();
    const [first, second] = threads[0]!.requests.map(({ task }) => task);
    expect(first).toMatchObject({ pixels: whole });
    expect(second).toMatchObject({ pixels: Uint8Array.of(2) });
    expect((second as { pixels: Uint8Array }).pixels.buffer.byteLength).toBe(1);
  });

  it('disposes a model once', async () => {
    const { model, threads, clock } = await heldWorkerWithModel();
    const disposing = model.dispose();
    await clock.turn();
    expect(threads[0]!.answer()).toMatchObject({ kind: 'dispose' });
    await disposing;
    await model.dispose();
    expect(threads[0]!.requests).toEqual([]);
  });

  it('is not restarted when it is closed', async () => {
    const { engine, threads, restarts } = await heldWorker();
    await engine.close();
    expect(threads).toHaveLength(1);
    expect(restarts).toEqual([]);
  });
});

describe('a worker that cannot start', () => {
  const start = (thread: FakeThread) =>
    WorkerEngine.start({
      engine: 'tensorflow',
      device: 'auto',
      threads: 0,
      startThread: () => thread,
    });

  it('is reported as an unavailable engine, with the reason', async () => {
    const thread = new FakeThread();
    const refusal = expect(start(thread)).rejects.toThrow(new EngineUnavailableError('no addon'));
    thread.refuse('no addon');
    await refusal;
  });

  it('is reported as an unavailable engine if the thread dies first', async () => {
    const thread = new FakeThread();
    const refusal = expect(start(thread)).rejects.toThrow('no such module');
    thread.crash('no such module');
    await refusal;
  });
});
