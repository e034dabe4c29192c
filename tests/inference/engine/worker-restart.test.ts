import { describe, expect, it } from 'vitest';
import { restartDelayMs } from '../../../src/inference/engine/worker-engine.ts';
import {
  artifact,
  engineFault,
  heldWorkerWithModel,
  output,
  pixels,
} from '../../support/fakes/held-worker.ts';

describe('a worker that ends', () => {
  it('rejects its pending tasks at once', async () => {
    const { model, threads, clock } = await heldWorkerWithModel();
    const held = [model.run(pixels(), 1), model.run(pixels(), 1)];
    const rejected = held.map((run) => expect(run).rejects.toMatchObject(engineFault));
    await clock.turn();
    threads[0]!.crash('segment gone');
    await Promise.all(rejected);
  });

  it('is restarted at once, reloads its models and then runs the tasks that arrived meanwhile', async () => {
    const { model, threads, restarts, clock } = await heldWorkerWithModel();
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

  it('accepts a new task from a caller whose task just failed', async () => {
    const { model, threads, clock } = await heldWorkerWithModel();
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

  it('does not reload a disposed model', async () => {
    const { model, threads, clock } = await heldWorkerWithModel();
    threads[0]!.crash('broken');
    await clock.turn();
    const disposing = model.dispose();
    threads[1]!.becomeReady();
    await clock.turn();
    expect(threads[1]!.requests.map(({ task }) => task.kind)).toEqual(['dispose']);
    threads[1]!.answer();
    await disposing;
  });

  it('backs off when it ends repeatedly and refuses tasks meanwhile', async () => {
    const { model, threads, restarts, clock } = await heldWorkerWithModel();
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

  it('is up again once its models are loaded', async () => {
    const { engine, threads, clock } = await heldWorkerWithModel();
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

  it('resets the back-off once it has been stable', async () => {
    const { threads, restarts, clock } = await heldWorkerWithModel();
    threads[0]!.crash('first');
    await clock.turn();
    await clock.advance(30_000);
    threads[1]!.crash('second');
    await clock.turn();
    expect(restarts.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  it('is ended and restarted if a model does not load', async () => {
    const { engine, model, threads, restarts, clock } = await heldWorkerWithModel();
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
    const { engine, threads, clock } = await heldWorkerWithModel();
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
