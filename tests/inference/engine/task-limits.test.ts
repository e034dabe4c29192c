import { describe, expect, it } from 'vitest';
import { EngineInstances } from '../../../src/inference/engine/engine-instances.ts';
import { isOverrun } from '../../../src/inference/engine/task-watch.ts';
import { WorkerEngine } from '../../../src/inference/engine/worker-engine.ts';
import { WorkerLink, type OverrunFacts } from '../../../src/inference/engine/worker-link.ts';
import { FakeThread } from '../../support/fakes/fake-thread.ts';
import { engineFault, pixels } from '../../support/fakes/held-worker.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';

const LIMIT_MS = 1000;
const run = (count = 1) => ({ kind: 'run', model: 1, pixels: pixels(), count }) as const;

function heldLink() {
  const clock = new ManualClock();
  const thread = new FakeThread();
  const overruns: OverrunFacts[] = [];
  const link = new WorkerLink(thread, { clock, onOverrun: (facts) => overruns.push(facts) });
  return { clock, thread, overruns, link };
}

describe('a task that exceeds its limit', () => {
  it('is reported, and all pending tasks are rejected as failures of the engine', async () => {
    const { clock, link, overruns } = heldLink();
    const tasks = [link.request(run(3), LIMIT_MS), link.request(run(), LIMIT_MS)];
    const settled = Promise.allSettled(tasks);
    await clock.advance(2 * LIMIT_MS);
    expect(overruns).toEqual([{ task: 'run', count: 3, limitMs: LIMIT_MS }]);
    for (const result of await settled) {
      expect(result).toMatchObject({ status: 'rejected', reason: engineFault });
      expect(isOverrun((result as PromiseRejectedResult).reason)).toBe(true);
    }
  });

  it('makes the link refuse later tasks at once, and its end does not wait for the thread', async () => {
    const { clock, link } = heldLink();
    link.request(run(), LIMIT_MS).catch(() => undefined);
    await clock.advance(2 * LIMIT_MS);
    await expect(link.request(run(), LIMIT_MS)).rejects.toMatchObject(engineFault);
    await link.end();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the limit of a task', () => {
  it('does not include the wait for the tasks before it', async () => {
    const { clock, link, thread, overruns } = heldLink();
    const tasks = [link.request(run(), LIMIT_MS), link.request(run(), LIMIT_MS)];
    await clock.advance(0.8 * LIMIT_MS);
    thread.answer(Float32Array.of(1));
    await clock.advance(0.8 * LIMIT_MS);
    thread.answer(Float32Array.of(2));
    await Promise.all(tasks);
    expect(overruns).toEqual([]);
  });

  it('does not include a pause of this process, after which the answer may wait to be read', async () => {
    const { clock, link, thread, overruns } = heldLink();
    const task = link.request(run(), LIMIT_MS);
    await clock.advance(0.5 * LIMIT_MS);
    clock.skip(100 * LIMIT_MS);
    await clock.advance(0.2 * LIMIT_MS);
    thread.answer(Float32Array.of(1));
    await task;
    expect(overruns).toEqual([]);
  });
});

describe('an engine whose worker exceeds a limit', () => {
  async function start() {
    const clock = new ManualClock();
    const threads: FakeThread[] = [];
    const engine = await WorkerEngine.start({
      ...{ engine: 'onnxruntime', device: 'cpu', threads: 0, clock },
      limits: { loadMs: 5000, runMs: LIMIT_MS },
      startThread: () => {
        const thread = new FakeThread();
        threads.push(thread);
        setImmediate(() => thread.becomeReady());
        return thread;
      },
    });
    const artifact = { directory: '', width: 1, height: 1, mean: 0, std: 1, outputLength: 1 };
    const loading = engine.load(artifact);
    await clock.turn();
    threads[0]!.answer();
    return { clock, threads, engine, model: await loading };
  }

  it('is down and not restarted: its native code still runs', async () => {
    const { clock, threads, engine, model } = await start();
    const first = expect(model.run(pixels(), 1)).rejects.toMatchObject(engineFault);
    await clock.advance(6000);
    await first;
    expect(engine.isUp).toBe(false);
    await expect(model.run(pixels(), 1)).rejects.toMatchObject(engineFault);
    await model.dispose();
    expect(threads).toHaveLength(1);
  });

  it('gives the first run of each batch size as long as a load', async () => {
    const { clock, threads, engine, model } = await start();
    const first = model.run(pixels(), 1);
    await clock.advance(4 * LIMIT_MS);
    threads[0]!.answer(Float32Array.of(1));
    await first;
    const second = expect(model.run(pixels(), 1)).rejects.toMatchObject(engineFault);
    await clock.advance(2 * LIMIT_MS);
    await second;
    expect(engine.isUp).toBe(false);
  });

  it('leaves the batches to the other instances', async () => {
    const [lost, other] = [await start(), await start()];
    const queue = [lost, other];
    const instances = await EngineInstances.start(2, (index) =>
      Promise.resolve(queue[index]!.engine),
    );
    const loading = instances.load({
      ...{ directory: '', width: 1, height: 1, mean: 0, std: 1, outputLength: 1 },
    });
    for (const { clock, threads } of queue) {
      await clock.turn();
      threads[0]!.answer();
    }
    const model = await loading;
    const hung = expect(model.run(pixels(), 1)).rejects.toMatchObject(engineFault);
    await lost.clock.advance(6000);
    await hung;
    const answered = model.run(pixels(), 1);
    await other.clock.turn();
    other.threads[0]!.answer(Float32Array.of(7));
    expect(await answered).toEqual(Float32Array.of(7));
    expect(instances.isUp).toBe(true);
  });
});
