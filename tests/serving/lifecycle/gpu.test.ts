import { describe, expect, it } from 'vitest';
import { readsGpus } from '../../../src/serving/context/gpu.ts';

describe('GPUs are read', () => {
  it('by default where there is a driver, and nowhere else', () => {
    expect(readsGpus('auto', () => true)).toBe(true);
    expect(readsGpus('auto', () => false)).toBe(false);
  });

  it('or left alone as the setting says', () => {
    expect(readsGpus('on', () => false)).toBe(true);
    expect(readsGpus('off', () => true)).toBe(false);
  });
});
