import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { best, compare, readBaseline, writeBaseline } from '../../../bench/regression/baseline.ts';

describe('a comparison with the baseline', () => {
  it('takes the best round for each part', () => {
    const rounds = [
      { loop: 1.5, engine: 1.1 },
      { loop: 1.2, engine: 1.4 },
    ];
    expect(best(rounds)).toEqual({ loop: 1.2, engine: 1.1 });
  });

  it('calls a part slower only beyond the noise', () => {
    const baseline = { loop: 2, engine: 1 };
    const comparisons = compare({ loop: 2.49, engine: 1.26 }, baseline);
    expect(comparisons.map(({ part, slower }) => [part, slower])).toEqual([
      ['loop', false],
      ['engine', true],
    ]);
  });
});

describe('the baseline file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'baseline-'));
    file = path.join(folder, 'baseline.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps the other precision when one is written', async () => {
    await writeBaseline(file, 'fp32', { loop: 1.23456, engine: 1 });
    await writeBaseline(file, 'int8', { loop: 2, engine: 3 });
    expect(await readBaseline(file)).toEqual({
      fp32: { loop: 1.235, engine: 1 },
      int8: { loop: 2, engine: 3 },
    });
    expect(await readFile(file, 'utf8')).toMatch(/\n$/);
  });

  it('is rejected if it is invalid', async () => {
    await writeFile(file, '{"fp32": {"loop": -1, "engine": 1}}');
    await expect(readBaseline(file)).rejects.toThrow();
  });
});
