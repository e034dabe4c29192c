import { describe, expect, it } from 'vitest';
import { outputRowLength, readOutputRow } from '../../../src/inference/head/face-output.ts';

const head = { outputLength: 3 };

describe('a row of the output of a network', () => {
  it('has one value more where the network outputs the face probability', () => {
    expect(outputRowLength(head, undefined)).toBe(3);
    expect(outputRowLength(head, { threshold: 0.5 })).toBe(4);
  });

  it('is separated into the ages and the face probability', () => {
    const { ages, face } = readOutputRow(Float32Array.of(0.25, 0.5, 0.25, 0.75), head);
    expect([...ages]).toEqual([0.25, 0.5, 0.25]);
    expect(face).toBe(0.75);
  });

  it('is all ages where the network does not output the face probability', () => {
    const row = Float32Array.of(0.25, 0.5, 0.25);
    expect(readOutputRow(row, head)).toEqual({ ages: row, face: undefined });
  });

  it.each([NaN, Infinity, -0.01, 1.01])('is not valid with the face probability %d', (value) => {
    const row = Float32Array.of(0.25, 0.5, 0.25, value);
    expect(() => readOutputRow(row, head)).toThrow(/valid probability that its input is a face/);
  });

  it('may exceed a probability of 1 as runtimes round', () => {
    expect(readOutputRow(Float32Array.of(0.25, 0.5, 0.25, 1.0001), head).face).toBe(1);
  });
});
