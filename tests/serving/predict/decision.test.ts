import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/serving/predict/prediction.ts';

describe('a decision', () => {
  it.each([
    [0.95, 0.95, 'yes'],
    [0.949999, 0.95, 'uncertain'],
    [0.050001, 0.95, 'uncertain'],
    [0.05, 0.95, 'no'],
    [0.1, 0.9, 'no'],
    [0.3, 0.7, 'no'],
    [0.500001, 0.500001, 'yes'],
    [0.5, 0.500001, 'uncertain'],
    [1, 1, 'yes'],
    [0.999999, 1, 'uncertain'],
    [0, 1, 'no'],
  ] as const)('of probability %d at confidence %d is %s', (probability, confidence, decision) => {
    expect(decide(probability, confidence)).toBe(decision);
  });
});
