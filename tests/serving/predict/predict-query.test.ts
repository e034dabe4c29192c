import { describe, expect, it } from 'vitest';
import { parsePredictQuery } from '../../../src/serving/predict/predict-query.ts';

describe('a decimal number in the query', () => {
  it.each([
    ['0.75', 0.75],
    ['.75', 0.75],
    ['1', 1],
    ['00.75', 0.75],
  ])('is read as %s', (text, value) => {
    expect(parsePredictQuery({ confidence: text }).confidence).toBe(value);
  });

  it.each(['', '.', '1.', '0.7.5', '-1', '1e0', '0x1', ' 1'])('is not %j', (text) => {
    expect(() => parsePredictQuery({ confidence: text })).toThrow(/^confidence: /);
  });

  it.each(['confidence', 'margin'])(
    'of many digits with a fault is refused in a time linear in its length: %s',
    { timeout: 20_000 },
    (name) => {
      const text = `${'1'.repeat(200_000)}x`;
      expect(() => parsePredictQuery({ [name]: text })).toThrow(new RegExp(`^${name}: `));
    },
  );
});
