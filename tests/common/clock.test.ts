import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { every, systemClock } from '../../src/common/clock.ts';

const TIMER_MAX_MS = 2 ** 31 - 1;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the system clock', () => {
  it('waits longer than one timer of Node can', async () => {
    const called = vi.fn();
    systemClock.after(2 * TIMER_MAX_MS + 5, called);
    await vi.advanceTimersByTimeAsync(2 * TIMER_MAX_MS + 4);
    expect(called).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('cancels such a wait in any of its parts', async () => {
    const called = vi.fn();
    const cancel = systemClock.after(2 * TIMER_MAX_MS, called);
    await vi.advanceTimersByTimeAsync(TIMER_MAX_MS + 1);
    cancel();
    await vi.advanceTimersByTimeAsync(2 * TIMER_MAX_MS);
    expect(called).not.toHaveBeenCalled();
  });

  it('never calls back after an infinite wait', async () => {
    const called = vi.fn();
    systemClock.after(Infinity, called);
    await vi.advanceTimersByTimeAsync(3 * TIMER_MAX_MS);
    expect(called).not.toHaveBeenCalled();
  });

  it('repeats until it is stopped', async () => {
    const called = vi.fn();
    const stop = every(10, called);
    await vi.advanceTimersByTimeAsync(35);
    stop();
    await vi.advanceTimersByTimeAsync(100);
    expect(called).toHaveBeenCalledTimes(3);
  });
});
