import { describe, expect, it } from 'vitest';
import { EngineQueueTimer } from '../../../src/inference/batching/engine-queue-timer.ts';

describe('an engine that runs one batch at a time', () => {
  it('begins with a batch when the one before has ended', () => {
    const line = new EngineQueueTimer();
    const [first, second, third] = [line.enter(0), line.enter(1), line.enter(2)];
    expect(line.leave(first, 10)).toBe(0);
    expect(line.leave(second, 25)).toBe(10);
    expect(line.leave(third, 40)).toBe(25);
  });

  it('begins at once where nothing runs', () => {
    const line = new EngineQueueTimer();
    line.leave(line.enter(0), 10);
    expect(line.leave(line.enter(12), 20)).toBe(12);
  });
});

describe('an engine of two instances', () => {
  it('begins with two at once and with a third when the first of them ends', () => {
    const line = new EngineQueueTimer(2);
    const [first, second, third] = [line.enter(0), line.enter(1), line.enter(2)];
    expect(line.leave(second, 8)).toBe(1);
    expect(line.leave(first, 12)).toBe(0);
    expect(line.leave(third, 20)).toBe(8);
  });

  it('does not lose count of a batch that overtook those before it', () => {
    const line = new EngineQueueTimer(2);
    const [first, second, third, fourth] = [0, 1, 2, 3].map((atMs) => line.enter(atMs));
    expect(line.leave(fourth!, 5)).toBe(3);
    expect(line.leave(first!, 6)).toBe(0);
    expect(line.leave(third!, 9)).toBe(6);
    expect(line.leave(second!, 10)).toBe(1);
    expect(line.leave(line.enter(30), 31)).toBe(30);
  });
});
