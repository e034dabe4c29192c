import { describe, expect, it } from 'vitest';
import { Cancellation } from '../../../src/common/cancellation.ts';
import {
  type BudgetUse,
  DecodeBudget,
  type DecodeBudgetOptions,
} from '../../../src/inference/decoding/decode-budget.ts';
import type { DecodeCost } from '../../../src/inference/decoding/header/coded-picture.ts';
import { ManualClock } from '../../support/fakes/manual-clock.ts';

const MB = 1_000_000;
const cheap: DecodeCost = { memoryBytes: 5 * MB, cpuMs: 10 };
const costly: DecodeCost = { memoryBytes: 200 * MB, cpuMs: 2000 };

function createBudget(options: Partial<DecodeBudgetOptions> = {}): DecodeBudget {
  const clock = new ManualClock();
  const limits = { memoryBytes: 256 * MB, maxCpuMs: 5000, maxWaitMs: 8000, workers: 1 };
  return new DecodeBudget({ ...limits, clock, ...options });
}

/** Takes shares and records the order in which they are granted. */
function queueIn(budget: DecodeBudget, granted: string[], signal?: Cancellation) {
  return (name: string, cost: DecodeCost): Promise<() => void> => {
    const share = budget.acquire(cost, 'child', signal);
    share.then(
      () => granted.push(name),
      () => granted.push(`${name} refused`),
    );
    return share;
  };
}

describe('the decode budget', () => {
  it('refuses a photo that never fits and names the setting, the need and the limit', async () => {
    const budget = createBudget();
    await expect(budget.acquire({ memoryBytes: 250 * MB, cpuMs: 1 }, 'child')).rejects.toThrow(
      /needs about 250 MB of memory; DECODE_MEMORY_BYTES allows 240 MB/,
    );
    const slow = budget.acquire({ memoryBytes: MB, cpuMs: 5001 }, 'child');
    await expect(slow).rejects.toMatchObject({ code: 'decoding_too_costly', status: 413 });
    await expect(slow).rejects.toThrow(/takes about 5001 ms; DECODE_MAX_MS allows 5000 ms/);
  });

  it('grants cheap photos a share while expensive ones are decoded and wait', async () => {
    const budget = createBudget();
    const granted: string[] = [];
    const queue = queueIn(budget, granted);
    const first = await queue('costly', costly);
    void queue('costly too', costly);
    const release = await queue('cheap', cheap);
    expect(granted).toEqual(['costly', 'cheap']);
    release();
    first();
    await Promise.resolve();
    expect(granted).toEqual(['costly', 'cheap', 'costly too']);
  });

  it('serves the cheapest of the waiting photos first', async () => {
    const budget = createBudget();
    const granted: string[] = [];
    const queue = queueIn(budget, granted);
    let release = await queue('running', costly);
    for (const cpuMs of [1500, 300, 900]) void queue(String(cpuMs), { ...costly, cpuMs });
    const order: string[] = [];
    budget.acquire({ ...costly, cpuMs: 600 }, 'child').then(
      (next) => {
        order.push('600');
        release = next;
      },
      () => undefined,
    );
    release();
    await Promise.resolve();
    expect(granted).toEqual(['running', '300']);
    expect(order).toEqual([]);
  });

  it('lets an expensive photo go first when it has waited for long', async () => {
    const clock = new ManualClock();
    const budget = createBudget({ clock });
    const granted: string[] = [];
    const queue = queueIn(budget, granted);
    const release = await queue('running', costly);
    void queue('old', { ...costly, cpuMs: 1000 });
    await clock.advance(20_000);
    void queue('new', { ...costly, cpuMs: 500 });
    release();
    await Promise.resolve();
    expect(granted).toEqual(['running', 'old']);
  });

  it('refuses a photo whose turn would come too late, with a time to retry', async () => {
    const budget = createBudget();
    const granted: string[] = [];
    const queue = queueIn(budget, granted);
    await queue('running', costly);
    for (let index = 0; index < 5; index += 1) void queue(`waiting ${index}`, costly);
    const late = budget.acquire(costly, 'child');
    await expect(late).rejects.toMatchObject({ code: 'queue_full', retryAfterSeconds: 10 });
    await expect(budget.acquire(cheap, 'child')).resolves.toBeTypeOf('function');
  });

  it('removes an abandoned photo from the queue at once', async () => {
    const uses: BudgetUse[] = [];
    const budget = createBudget({ onChange: (use) => uses.push(use) });
    const release = await budget.acquire(costly, 'child');
    const signal = new Cancellation();
    const abandoned = budget.acquire(costly, 'child', signal);
    expect(uses.at(-1)).toEqual({ usedBytes: 200 * MB, waitingBytes: 200 * MB });
    signal.abort(new Error('gone'));
    await expect(abandoned).rejects.toThrow('gone');
    expect(uses.at(-1)).toEqual({ usedBytes: 200 * MB, waitingBytes: 0 });
    release();
    expect(uses.at(-1)).toEqual({ usedBytes: 0, waitingBytes: 0 });
  });

  it('refuses a photo whose request is already abandoned', async () => {
    const signal = new Cancellation();
    signal.abort(new Error('gone'));
    await expect(createBudget().acquire(cheap, 'child', signal)).rejects.toThrow('gone');
  });

  it('never grants more memory than there is', async () => {
    let most = 0;
    const onChange = ({ usedBytes }: BudgetUse) => (most = Math.max(most, usedBytes));
    const budget = createBudget({ workers: 4, onChange });
    const shares = Array.from({ length: 12 }, () =>
      budget.acquire({ memoryBytes: 100 * MB, cpuMs: 100 }, 'child').then((release) => release()),
    );
    await Promise.all(shares);
    expect(most).toBe(200 * MB);
  });
});
