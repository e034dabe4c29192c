import { describe, expect, it } from 'vitest';
import { instancesFor, threadPlan } from '../../../src/inference/engine/cpu.ts';

describe('threadPlan', () => {
  it('gives a single photo all cores and leaves one core free beside a batch', () => {
    expect(threadPlan(0, 2)).toEqual({ single: 2, batch: 1 });
    expect(threadPlan(0, 8)).toEqual({ single: 8, batch: 7 });
  });

  it('splits the cores between instances for batches, and gives the first instance all of them for a single photo', () => {
    expect(threadPlan(0, 2, { instances: 2 })).toEqual({ single: 2, batch: 1 });
    expect(threadPlan(0, 8, { instances: 2 })).toEqual({ single: 8, batch: 4 });
    expect(threadPlan(0, 2, { instances: 3 })).toEqual({ single: 2, batch: 1 });
    expect(threadPlan(0, 8, { instances: 2, instance: 1 })).toEqual({ single: 4, batch: 4 });
  });

  it('uses one thread on one core and at most eight', () => {
    expect(threadPlan(0, 1)).toEqual({ single: 1, batch: 1 });
    expect(threadPlan(0, 64)).toEqual({ single: 8, batch: 8 });
  });

  it('uses a requested number as it is', () => {
    expect(threadPlan(3, 2)).toEqual({ single: 3, batch: 3 });
  });
});

describe('instancesFor', () => {
  it('chooses two instances if there are two cores', () => {
    expect([1, 2, 8, 64].map((cores) => instancesFor(0, cores))).toEqual([1, 2, 2, 2]);
  });

  it('uses a requested number as it is', () => {
    expect(instancesFor(3, 2)).toBe(3);
  });
});
