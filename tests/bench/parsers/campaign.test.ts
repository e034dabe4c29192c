import { describe, expect, it } from 'vitest';
import { runCampaign } from '../../../bench/parsers/campaign.ts';
import { asText, readCorpus } from '../../../bench/parsers/corpus.ts';
import { refusal, type Target } from '../../../bench/parsers/targets/target.ts';
import { targets } from '../../../bench/parsers/targets/targets.ts';
import { ServiceError } from '../../../src/common/errors.ts';

/** Each condition is met by one input of hundreds, all four by one of billions: found only step by step. */
function planted(input: Buffer): void {
  if (input[0] !== 0x50) return;
  if (input[1] !== 0x4c) return;
  if (input[2] !== 0x41) return;
  if (input[3] !== 0x4e) return;
  throw new RangeError('the planted fault');
}

const target = (overrides: Partial<Target>): Target => ({
  name: 'planted',
  seeds: () => [Buffer.from('0123456789')],
  words: ['P', 'L', 'A', 'N'],
  guidedBy: /campaign\.test/,
  run: planted,
  ...overrides,
});
const runs = (most: number) => (done: number) => done < most;

describe('a campaign', () => {
  it('finds a fault behind four conditions, and shows its input', async () => {
    const { faults, found } = await runCampaign({
      target: target({}),
      corpus: [],
      seed: 1,
      goesOn: runs(50_000),
    });
    expect(faults[0]?.message).toBe('the planted fault');
    expect(faults[0]?.input.toString('latin1', 0, 4)).toBe('PLAN');
    expect(found.length).toBeGreaterThanOrEqual(3);
  }, 60_000);

  it('reports an input that takes too much memory', async () => {
    const kept: Buffer[] = [];
    const run = (input: Buffer): void => {
      if (input.length > 20) kept.push(Buffer.alloc(200_000_000));
    };
    const { faults } = await runCampaign({
      target: target({ run, seeds: () => [Buffer.alloc(30)] }),
      corpus: [],
      seed: 1,
      goesOn: () => false,
    });
    expect(faults[0]?.message).toMatch(/takes \d+ ms and \d+ bytes/);
  });

  it('takes a ServiceError for a refusal, and no other error', () => {
    expect(refusal(new ServiceError('no_image', 'None.'))).toEqual({ refused: 'no_image' });
    expect(() => refusal(new TypeError('no'))).toThrow(TypeError);
  });
});

describe('the corpus', () => {
  it('is written in lines of ASCII that give the same bytes again', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    const text = asText(bytes);
    expect(text).toMatch(/^"[\x20-\x7e]*"$/);
    expect(Buffer.from(JSON.parse(text) as string, 'latin1').equals(bytes)).toBe(true);
  });

  it.each(targets.map((each) => [each.name, each] as const))(
    'of %s breaks no invariant',
    async (name, each) => {
      const corpus = readCorpus(name);
      const result = await runCampaign({ target: each, corpus, seed: 1, goesOn: runs(0) });
      expect(result.faults.map(({ message, input }) => [message, asText(input)])).toEqual([]);
    },
    60_000,
  );
});
