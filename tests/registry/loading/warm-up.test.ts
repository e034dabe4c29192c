import { describe, expect, it } from 'vitest';
import { batchSizesUpTo, warmUp } from '../../../src/registry/loading/batch-sizes.ts';

describe('batch sizes', () => {
  it('include every size on a CPU, where padding costs as much as photos', () => {
    expect(batchSizesUpTo(5, 'cpu')).toEqual([1, 2, 3, 4, 5]);
  });

  it('are powers of two and the maximum on a GPU', () => {
    expect(batchSizesUpTo(12, 'gpu')).toEqual([1, 2, 4, 8, 12]);
    expect(batchSizesUpTo(1, 'gpu')).toEqual([1]);
  });
});

describe('warm-up', () => {
  const picture = Uint8Array.of(7, 8, 9);

  it('runs every size with the picture repeated', async () => {
    const runs: [number[], number][] = [];
    const run = (pixels: Uint8Array, count: number) => {
      runs.push([[...pixels], count]);
      return Promise.resolve(new Float32Array(count));
    };
    await warmUp({ run, dispose: () => Promise.resolve() }, picture, [1, 2]);
    expect(runs).toEqual([
      [[7, 8, 9], 1],
      [[7, 8, 9, 7, 8, 9], 2],
    ]);
  });

  it('runs every size on each instance of the engine', async () => {
    const runs: [string, number][] = [];
    const instance = (name: string) => ({
      run: (_pixels: Uint8Array, count: number) => {
        runs.push([name, count]);
        return Promise.resolve(new Float32Array(count));
      },
      dispose: () => Promise.resolve(),
    });
    const instances = [instance('first'), instance('second')];
    await warmUp({ ...instance('whichever'), instances }, picture, [1, 2]);
    expect(runs).toEqual([
      ['first', 1],
      ['first', 2],
      ['second', 1],
      ['second', 2],
    ]);
  });

  it('stops between two sizes when the load is overtaken', async () => {
    const overtaken = new AbortController();
    let runs = 0;
    const run = () => {
      runs += 1;
      overtaken.abort(new Error('overtaken'));
      return Promise.resolve(new Float32Array(1));
    };
    const warming = warmUp(
      { run, dispose: () => Promise.resolve() },
      picture,
      [1, 2],
      overtaken.signal,
    );
    await expect(warming).rejects.toThrow('overtaken');
    expect(runs).toBe(1);
  });
});
