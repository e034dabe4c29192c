import { describe, expect, it } from 'vitest';
import { LoopTurns } from '../../../src/serving/predict/loop-turns.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('LoopTurns', () => {
  it('starts the first task at once and one more at each turn of the event loop, in order', async () => {
    const turns = new LoopTurns(() => 0);
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

  it('starts a task at once again after an unused turn', async () => {
    const turns = new LoopTurns(() => 0);
    await turns.next();
    await turn();
    let passed = false;
    void turns.next().then(() => (passed = true));
    await Promise.resolve();
    expect(passed).toBe(true);
  });

  it('starts more tasks per turn if the loop is busy with other work, so that they do not starve', async () => {
    let nowMs = 0;
    const turns = new LoopTurns(() => nowMs);
    let passed = 0;
    const piece = async () => {
      await turns.next();
      nowMs += 1;
      passed += 1;
    };
    const pieces = Array.from({ length: 100 }, piece);
    await turn();
    expect(passed).toBe(2);
    nowMs += 20;
    await turn();
    expect(passed).toBe(12);
    nowMs += 2;
    await turn();
    expect(passed).toBe(13);
    nowMs += 10_000;
    await turn();
    expect(passed).toBe(45);
    await Promise.all(pieces);
  });
});
