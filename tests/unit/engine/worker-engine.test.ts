import { describe, expect, it } from 'vitest';
import {
  WorkerEngine,
  restartDelayMs,
  type RestartFacts,
} from '../../../src/engine/worker-engine.ts';
import { EngineUnavailableError, type EngineModel } from '../../../src/engine/engine.ts';
import { FakeThread } from '../../support/fake-thread.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const artifact = { directory: 'x', width: 1, height: 1, mean: 0, std: 1, outputLength: 1 };
const pixels = (): Uint8Array => new Uint8Array(1);
const output = Float32Array.of(0.5);
const engineFault = { name: 'ServiceError', code: 'inference_failed' };

async function setUp() {
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

async function setUpWithModel() {
  const held = await setUp();
  return { ...held, model: await loadModel(held.engine, held.threads[0]!) };
}

describe('a sound worker', () => {
  it('tells the engine and the device that the worker found', async () => {
    const { engine } = await setUp();
    expect(engine).toMatchObject({ name: 'tensorflow', device: 'gpu' });
  });

  it('answers each run with its own output', async () => {
    const { model, threads, clock } = await setUpWithModel();
    const first = model.run(pixels(), 1);
    const second = model.run(pixels(), 1);
    await clock.turn();
    threads[0]!.answer(Float32Array.of(1));
    threads[0]!.answer(Float32Array.of(2));
    expect([await first, await second]).toEqual([Float32Array.of(1), Float32Array.of(2)]);
  });

  it("puts a failed run down to the images, and spent memory to the engine's account", async () => {
    const { model, threads, clock } = await setUpWithModel();
    const poisoned = expect(model.run(pixels(), 1)).rejects.not.toMatchObject(engineFault);
    await clock.turn();
    threads[0]!.fail('failed', 'bad tensor');
    await poisoned;
    const starved = expect(model.run(pixels(), 1)).rejects.toMatchObject(engineFault);
    await clock.turn();
    threads[0]!.fail('out-of-memory', 'OOM');
    await starved;
  });

  it('hands over whole buffers, and copies of views on parts of one', async () => {
    const { model, threads, clock } = await setUpWithModel();
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
    const { model, threads, clock } = await setUpWithModel();
    const disposing = model.dispose();
    await clock.turn();
    expect(threads[0]!.answer()).toMatchObject({ kind: 'dispose' });
    await disposing;
    await model.dispose();
    expect(threads[0]!.requests).toEqual([]);
  });

  it('is not started again when it is closed', async () => {
    const { engine, threads, restarts } = await setUp();
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

  it('is an unavailable engine, with the reason', async () => {
    const thread = new FakeThread();
    const refusal = expect(start(thread)).rejects.toThrow(new EngineUnavailableError('no addon'));
    thread.refuse('no addon');
    await refusal;
  });

  it('is an unavailable engine where the thread dies first', async () => {
    const thread = new FakeThread();
    const refusal = expect(start(thread)).rejects.toThrow('no such module');
    thread.crash('no such module');
    await refusal;
  });
});

describe('a worker that ends', () => {
  it('rejects what it held at once', async () => {
    const { model, threads, clock } = await setUpWithModel();
    const held = [model.run(pixels(), 1), model.run(pixels(), 1)];
    const rejected = held.map((run) => expect(run).rejects.toMatchObject(engineFault));
    await clock.turn();
    threads[0]!.crash('segment gone');
    await Promise.all(rejected);
  });

  it('is started again at once, loads its models and then answers what came meanwhile', async () => {
    const { model, threads, restarts, clock } = await setUpWithModel();
    threads[0]!.crash('broken');
    await clock.turn();
    expect(restarts).toEqual([{ reason: 'broken', attempt: 1, delayMs: 0 }]);
    const run = model.run(pixels(), 1);
    await clock.turn();
    expect(threads[1]!.requests).toEqual([]);
    threads[1]!.becomeReady();
    await clock.turn();
    expect(threads[1]!.answer()).toMatchObject({ kind: 'load', artifact });
    await clock.turn();
    expect(threads[1]!.answer(output)).toMatchObject({ kind: 'run' });
    expect(await run).toEqual(output);
  });

  it('takes a task from whom it has just failed', async () => {
    const { model, threads, clock } = await setUpWithModel();
    const again = model.run(pixels(), 1).catch(() => model.run(pixels(), 1));
    await clock.turn();
    threads[0]!.crash('broken');
    await clock.turn();
    threads[1]!.becomeReady();
    await clock.turn();
    threads[1]!.answer();
    await clock.turn();
    threads[1]!.answer(output);
    expect(await again).toEqual(output);
  });

  it('does not load a model again that was disposed', async () => {
    const { model, threads, clock } = await setUpWithModel();
    threads[0]!.crash('broken');
    await clock.turn();
    const disposing = model.dispose();
    threads[1]!.becomeReady();
    await clock.turn();
    expect(threads[1]!.requests.map(({ task }) => task.kind)).toEqual(['dispose']);
    threads[1]!.answer();
    await disposing;
  });

  it('backs off when it ends again and again, refusing at once meanwhile', async () => {
    const { model, threads, restarts, clock } = await setUpWithModel();
    threads[0]!.crash('first');
    await clock.turn();
    threads[1]!.crash('second');
    await clock.turn();
    expect(threads).toHaveLength(2);
    await expect(model.run(pixels(), 1)).rejects.toMatchObject({
      ...engineFault,
      retryAfterSeconds: 1,
    });
    await clock.advance(250);
    expect(threads).toHaveLength(3);
    threads[2]!.crash('third');
    await clock.turn();
    expect(restarts.map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
      [1, 0],
      [2, 250],
      [3, 500],
    ]);
  });

  it('counts as up again once its models are loaded', async () => {
    const { engine, threads, clock } = await setUpWithModel();
    expect(engine.isUp).toBe(true);
    threads[0]!.crash('first');
    await clock.turn();
    threads[1]!.becomeReady();
    await clock.turn();
    expect(engine.isUp).toBe(false);
    threads[1]!.answer();
    await clock.turn();
    expect(engine.isUp).toBe(true);
  });

  it('forgets earlier ends once it has run for long', async () => {
    const { threads, restarts, clock } = await setUpWithModel();
    threads[0]!.crash('first');
    await clock.turn();
    await clock.advance(30_000);
    threads[1]!.crash('second');
    await clock.turn();
    expect(restarts.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  it('is ended and tried again where a model does not load', async () => {
    const { engine, model, threads, restarts, clock } = await setUpWithModel();
    threads[0]!.crash('first');
    await clock.turn();
    expect(engine.isUp).toBe(false);
    const run = expect(model.run(pixels(), 1)).rejects.toMatchObject(engineFault);
    threads[1]!.becomeReady();
    await clock.turn();
    threads[1]!.fail('failed', 'no such file');
    await run;
    await clock.turn();
    expect(restarts.at(-1)).toEqual({ reason: 'no such file', attempt: 2, delayMs: 250 });
  });

  it('stays down when it is closed during a back-off', async () => {
    const { engine, threads, clock } = await setUpWithModel();
    threads[0]!.crash('first');
    await clock.turn();
    threads[1]!.crash('second');
    await clock.turn();
    await engine.close();
    await clock.advance(60_000);
    expect(threads).toHaveLength(2);
  });
});

it('doubles the wait between restarts, up to half a minute', () => {
  expect([1, 2, 3, 4, 9, 100].map(restartDelayMs)).toEqual([0, 250, 500, 1000, 30_000, 30_000]);
});
