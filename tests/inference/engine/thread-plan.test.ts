import { describe, expect, it } from 'vitest';
import { instancesFor, threadPlan } from '../../../src/inference/engine/cpu.ts';

describe('threadPlan', () => {
  it('gives a photo alone all cores and leaves one beside a batch', () => {
    expect(threadPlan(0, 2)).toEqual({ single: 2, batch: 1 });
    expect(threadPlan(0, 8)).toEqual({ single: 8, batch: 7 });
  });

  it('shares the cores between instances for batches, and has the first take all for a photo alone', () => {
    expect(threadPlan(0, 2, { instances: 2 })).toEqual({ single: 2, batch: 1 });
    expect(threadPlan(0, 8, { instances: 2 })).toEqual({ single: 8, batch: 4 });
    expect(threadPlan(0, 2, { instances: 3 })).toEqual({ single: 2, batch: 1 });
    expect(threadPlan(0, 8, { instances: 2, instance: 1 })).toEqual({ single: 4, batch: 4 });
  });

  it('keeps a thread on one core and stops where more do not help', () => {
    expect(threadPlan(0, 1)).toEqual({ single: 1, batch: 1 });
    expect(threadPlan(0, 64)).toEqual({ single: 8, batch: 8 });
  });

  it('takes a wanted number as it is', () => {
    expect(threadPlan(3, 2)).toEqual({ single: 3, batch: 3 });
  });
});

describe('instancesFor', () => {
  it('are two wherever there are two cores', () => {
    expect([1, 2, 8, 64].map((cores) => instancesFor(0, cores))).toEqual([1, 2, 2, 2]);
  });

  it('are as many as are wanted', () => {
    expect(instancesFor(3, 2)).toBe(3);
  });
});
