import { describe, expect, it } from 'vitest';
import { canaryDraw } from '../../../src/serving/traffic/canary.ts';

const clients = Array.from({ length: 20_000 }, (_, index) => `client-${index}`);

describe('the canary’s draw', () => {
  it.each([0.01, 0.1, 0.5])('puts a share of %s of the clients below it', (weight) => {
    const share = clients.filter((key) => canaryDraw(4, key) < weight).length / clients.length;
    expect(Math.abs(share - weight)).toBeLessThan(0.01);
  });

  it('is the same for a client each time, and on each server', () => {
    expect(canaryDraw(4, 'a client')).toBe(canaryDraw(4, 'a client'));
    expect(canaryDraw(4, 'a client')).toBeCloseTo(0.0108, 4);
  });

  it('selects other clients for the next version', () => {
    const both = clients.filter((key) => canaryDraw(4, key) < 0.1 && canaryDraw(5, key) < 0.1);
    expect(both.length / clients.length).toBeCloseTo(0.01, 2);
  });
});
