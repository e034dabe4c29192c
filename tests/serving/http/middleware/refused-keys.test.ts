import { beforeEach, describe, expect, it } from 'vitest';
import { RefusedKeys } from '../../../../src/serving/http/middleware/refused-keys.ts';

let nowMs: number;
let refused: RefusedKeys;
beforeEach(() => {
  nowMs = 0;
  refused = new RefusedKeys(() => nowMs);
});

const count = (ip: string, times = 1): void => {
  for (let time = 0; time < times; time += 1) refused.count(ip);
};

describe('wrong keys', () => {
  it('are counted for each address, up to ten in a minute', () => {
    count('192.0.2.1', 10);
    nowMs = 15_500;
    const error = { code: 'rate_limited', retryAfterSeconds: 45 };
    expect(() => count('192.0.2.1')).toThrow(expect.objectContaining(error) as Error);
    count('192.0.2.2', 10);
    nowMs = 60_000;
    count('192.0.2.1', 10);
  });

  it('are counted for a network of IPv6, as one client has many addresses', () => {
    count('2001:db8::1', 10);
    expect(() => count('2001:db8::2')).toThrow();
  });

  it('of very many addresses take bounded memory', () => {
    for (let index = 0; index < 30_000; index += 1) count(`10.0.${index >> 8}.${index & 255}`);
    expect(refused.size).toBe(10_000);
  });
});
