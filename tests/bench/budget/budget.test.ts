import { describe, expect, it } from 'vitest';
import { machineLimit, renderBudget, type Budget } from '../../../bench/budget/render-budget.ts';
import { cpuPerImage, parseThreadStat } from '../../../bench/support/thread-cpu.ts';

const budget: Budget = {
  cores: 2,
  connections: 64,
  requestsPerSecond: 800,
  precision: 'int8',
  batch: 7.5,
  threads: { loop: 0.6, engine: 0.8, helpers: 0.1 },
  loopShares: new Map([
    ['decoding', 0.25],
    ['other', 0.75],
  ]),
  generatorMs: 0.2,
  alone: { decodeMs: 0.1, inferenceMs: 0.6, echoMs: 0.1 },
};

describe("the machine's limit", () => {
  it('is its cores divided by the unavoidable CPU time per image', () => {
    expect(machineLimit(budget)).toBeCloseTo(2000);
  });

  it('is printed with each of its parts, next to the CPU time used and left', () => {
    const text = renderBudget(budget);
    expect(text).toContain('limit 2000 requests/s on 2 cores, share reached 0.40');
    expect(text).toMatch(/decoding +\| 0\.150/);
    expect(text).toMatch(/server in total +\| 1\.500/);
    // Two cores give 2.5 ms at 800 a second: 1.5 for the server, 0.2 for the generator.
    expect(text).toMatch(/idle or other processes +\| 0\.800/);
    expect(text).toMatch(/bare node:http echo of the same body +\| 0\.100/);
    expect(text).toContain('0.59 of the CPU time went to these parts');
  });
});

describe('CPU time by thread', () => {
  it('is user and system time, read with the priority, whatever the name of the thread contains', () => {
    const stat = `12 (a) b (c) S ${Array.from({ length: 10 }, () => 1).join(' ')} 150 50 0 0 25 5 9`;
    expect(parseThreadStat(stat)).toEqual({ seconds: 2, nice: 5 });
  });

  it('is counted per image', () => {
    const before = { loop: 1, engine: 2, helpers: 0 };
    const after = { loop: 2, engine: 5, helpers: 0.5 };
    expect(cpuPerImage(before, after, 1000)).toEqual({ loop: 1, engine: 3, helpers: 0.5 });
  });
});
