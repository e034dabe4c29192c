import { describe, expect, it } from 'vitest';
import { evaluateCanary, type CanaryBounds } from '../../../src/serving/traffic/canary-verdict.ts';
import { ComparisonSlot } from '../../../src/serving/traffic/comparison-window.ts';

const bounds: CanaryBounds = {
  minPhotos: 30,
  maxErrorRate: 0.05,
  maxLatencyRatio: 2,
  maxDifferenceYears: 6,
};

interface Arm {
  answered: number;
  failed?: number;
  /** Of a batch of one. */
  ms?: number;
}

function slotOf(canary: Arm, production: Arm, differences: readonly number[] = []) {
  const slot = new ComparisonSlot();
  for (const [arm, { answered, failed = 0, ms = 1 }] of [
    ['canary', canary],
    ['production', production],
  ] as const) {
    for (let photo = 0; photo < answered; photo += 1) slot[arm].times.add(1, ms);
    slot[arm].failed = failed;
  }
  for (const years of differences) slot.differences.add(years);
  return slot;
}

const causeOf = (slot: ComparisonSlot) => evaluateCanary(slot, bounds)?.cause;
const repeat = (years: readonly number[], count: number) =>
  Array.from({ length: count }, (_, index) => years[index % years.length]!);

describe('a canary is evaluated', () => {
  it('as good if it behaves as production does', () => {
    const same = { answered: 98, failed: 2, ms: 3 };
    expect(causeOf(slotOf(same, same, repeat([0, 4], 50)))).toBeUndefined();
  });

  it('by its errors, beyond what so few photos may show by chance', () => {
    const fine = { answered: 300 };
    expect(causeOf(slotOf({ answered: 10, failed: 20 }, fine))).toBe('errors');
    expect(causeOf(slotOf({ answered: 27, failed: 3 }, fine))).toBeUndefined();
    expect(causeOf(slotOf({ answered: 270, failed: 30 }, fine))).toBe('errors');
  });

  it('not by errors that production has as well', () => {
    const failing = { answered: 50, failed: 50 };
    expect(causeOf(slotOf(failing, failing))).toBeUndefined();
  });

  it('by its errors if production has no photos at all', () => {
    expect(causeOf(slotOf({ answered: 15, failed: 15 }, { answered: 0 }))).toBe('errors');
  });

  it('by inference that takes more than the ratio and ten milliseconds', () => {
    const production = { answered: 100, ms: 10 };
    expect(causeOf(slotOf({ answered: 40, ms: 40 }, production))).toBe('latency');
    expect(causeOf(slotOf({ answered: 40, ms: 25 }, production))).toBeUndefined();
    expect(causeOf(slotOf({ answered: 40, ms: 8 }, { answered: 100, ms: 1 }))).toBeUndefined();
  });

  it('by inference as production would take it for batches of the same sizes', () => {
    const slot = slotOf({ answered: 0 }, { answered: 0 });
    for (const size of [4, 8, 16]) {
      for (let photo = 0; photo < 20; photo += 1) slot.production.times.add(size, 40 + 20 * size);
    }
    for (let photo = 0; photo < 40; photo += 1) slot.canary.times.add(1, 110);
    expect(causeOf(slot)).toBeUndefined();
    for (let photo = 0; photo < 400; photo += 1) slot.canary.times.add(1, 150);
    expect(causeOf(slot)).toBe('latency');
  });

  it('not by one photo that was held up for seconds', () => {
    const slot = slotOf({ answered: 60, ms: 1 }, { answered: 300, ms: 1 });
    slot.canary.times.add(1, 8000);
    expect(causeOf(slot)).toBeUndefined();
  });

  it('by ages that differ from those of production by more than the bound, for sure', () => {
    const fine = { answered: 100 };
    expect(causeOf(slotOf(fine, fine, repeat([8, 12], 40)))).toBe('difference');
    expect(causeOf(slotOf(fine, fine, repeat([0, 0, 0, 28], 40)))).toBeUndefined();
    expect(causeOf(slotOf(fine, fine, repeat([5], 40)))).toBeUndefined();
  });

  it.each([
    slotOf({ answered: 0, failed: 29 }, { answered: 300 }),
    slotOf({ answered: 29, ms: 500 }, { answered: 300 }),
    slotOf({ answered: 100 }, { answered: 300 }, repeat([60], 29)),
  ])('not at all before there are enough photos', (slot) => {
    expect(causeOf(slot)).toBeUndefined();
  });

  it('with a reason that has the figures', () => {
    const { reason } = evaluateCanary(
      slotOf({ answered: 10, failed: 20 }, { answered: 9 }),
      bounds,
    )!;
    expect(reason).toBe('It could not answer 20 of 30 photos, production 0 of 9.');
  });
});
