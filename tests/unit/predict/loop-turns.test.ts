import { describe, expect, it } from 'vitest';
import { LoopTurns } from '../../../src/predict/loop-turns.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('LoopTurns', () => {
  it('lets the first pass at once and one more at each turn of the loop, in order', async () => {
    const turns = new LoopTurns();
    const passed: number[] = [];
    const waits = [1, 2, 3].map(async (name) => {
      await turns.next();
      passed.push(name);
    });
    await Promise.resolve();
    expect(passed).toEqual([1]);
    for (const expected of [
      [1, 2],
      [1, 2, 3],
    ]) {
      await turn();
      expect(passed).toEqual(expected);
    }
    await Promise.all(waits);
  });

  it('is free again when a turn has gone by unused', async () => {
    const turns = new LoopTurns();
    await turns.next();
    await turn();
    let passed = false;
    void turns.next().then(() => (passed = true));
    await Promise.resolve();
    expect(passed).toBe(true);
  });
});
