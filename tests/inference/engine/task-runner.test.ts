import { expect, it } from 'vitest';
import type { Engine, EngineArtifact } from '../../../src/inference/engine/engine.ts';
import { TaskRunner } from '../../../src/inference/engine/task-runner.ts';
import type { WorkerReply } from '../../../src/inference/engine/worker-protocol.ts';

const artifact: EngineArtifact = {
  directory: 'x',
  width: 2,
  height: 1,
  mean: 0,
  std: 1,
  outputLength: 1,
};

/** An engine whose network returns the first pixel of each image, and whose memory holds a limited number of images. */
function setUp(fits = Infinity, message = 'OOM when allocating tensor') {
  const counts: number[] = [];
  let running = 0;
  const engine: Engine = {
    name: 'tensorflow',
    device: 'gpu',
    load: () =>
      Promise.resolve({
        run: async (pixels, count) => {
          counts.push(count);
          running += 1;
          expect(running).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
          if (count > fits) throw new Error(message);
          return Float32Array.from({ length: count }, (_, index) => pixels[2 * index]!);
        },
        dispose: () => Promise.resolve(),
      }),
    close: () => Promise.resolve(),
  };
  const replies: WorkerReply[] = [];
  const runner = new TaskRunner(engine, (reply) => replies.push(reply));
  return { runner, replies, counts };
}

const load = { id: 1, task: { kind: 'load', model: 7, artifact } } as const;
const run = (id: number, ...firsts: number[]) => ({
  id,
  task: {
    kind: 'run',
    model: 7,
    pixels: Uint8Array.from(firsts.flatMap((first) => [first, 0])),
    count: firsts.length,
  } as const,
});

it('runs tasks one at a time, in order of arrival', async () => {
  const { runner, replies } = setUp();
  await Promise.all([load, run(2, 10), run(3, 20)].map((request) => runner.take(request)));
  expect(replies).toEqual([
    { kind: 'done', id: 1, output: null },
    { kind: 'done', id: 2, output: Float32Array.of(10) },
    { kind: 'done', id: 3, output: Float32Array.of(20) },
  ]);
});

it('halves a batch that does not fit into memory and joins the rows', async () => {
  const { runner, replies, counts } = setUp(2);
  await runner.take(load);
  await runner.take(run(2, 1, 2, 3, 4, 5));
  expect(counts).toEqual([5, 2, 3, 1, 2]);
  expect(replies.at(-1)).toMatchObject({ output: Float32Array.of(1, 2, 3, 4, 5) });
});

it('reports out of memory if not even one image fits', async () => {
  const { runner, replies } = setUp(0);
  await runner.take(load);
  await runner.take(run(2, 1, 2));
  expect(replies.at(-1)).toMatchObject({ kind: 'failure', id: 2, failure: 'out-of-memory' });
});

it('does not halve after any other error, and runs the next task', async () => {
  const { runner, replies, counts } = setUp(1, 'shapes do not match');
  await runner.take(load);
  await runner.take(run(2, 1, 2));
  expect(counts).toEqual([2]);
  expect(replies.at(-1)).toEqual({
    kind: 'failure',
    id: 2,
    failure: 'failed',
    message: 'shapes do not match',
  });
  await runner.take(run(3, 1));
  expect(replies.at(-1)).toMatchObject({ kind: 'done', id: 3 });
});

it('refuses to run a model before it is loaded and after it is disposed', async () => {
  const { runner, replies } = setUp();
  await runner.take(run(1, 1));
  expect(replies.at(-1)).toMatchObject({ kind: 'failure', failure: 'failed' });
  await runner.take(load);
  await runner.take({ id: 2, task: { kind: 'dispose', model: 7 } });
  await runner.take({ id: 3, task: { kind: 'dispose', model: 7 } });
  expect(replies.at(-1)).toMatchObject({ kind: 'done', id: 3 });
  await runner.take(run(4, 1));
  expect(replies.at(-1)).toMatchObject({ kind: 'failure', id: 4 });
});
