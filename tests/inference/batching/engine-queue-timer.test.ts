import { describe, expect, it } from 'vitest';
import { EngineQueueTimer } from '../../../src/inference/batching/engine-queue-timer.ts';

describe('an engine that runs one batch at a time', () => {
  it('starts a batch when the previous one has ended', () => {
    const timer = new EngineQueueTimer();
    const [first, second, third] = [timer.enter(0), timer.enter(1), timer.enter(2)];
    expect(timer.leave(first, 10)).toBe(0);
    expect(timer.leave(second, 25)).toBe(10);
    expect(timer.leave(third, 40)).toBe(25);
  });

  it('starts at once when nothing runs', () => {
    const timer = new EngineQueueTimer();
    timer.leave(timer.enter(0), 10);
    expect(timer.leave(timer.enter(12), 20)).toBe(12);
  });
});

describe('an engine of two instances', () => {
  it('starts two at once and a third when one of them ends', () => {
    const timer = new EngineQueueTimer(2);
    const [first, second, third] = [timer.enter(0), timer.enter(1), timer.enter(2)];
    expect(timer.leave(second, 8)).toBe(1);
    expect(timer.leave(first, 12)).toBe(0);
    expect(timer.leave(third, 20)).toBe(8);
  });

  it('keeps count when a batch overtakes earlier ones', () => {
    const timer = new EngineQueueTimer(2);
    const [first, second, third, fourth] = [0, 1, 2, 3].map((atMs) => timer.enter(atMs));
    expect(timer.leave(fourth!, 5)).toBe(3);
    expect(timer.leave(first!, 6)).toBe(0);
    expect(timer.leave(third!, 9)).toBe(6);
    expect(timer.leave(second!, 10)).toBe(1);
    expect(timer.leave(timer.enter(30), 31)).toBe(30);
  });
});
