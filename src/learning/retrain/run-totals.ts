import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../../registry/store/local-files.ts';
import { retrainOutcomes, type RetrainOutcome } from '../../registry/retrain-record.ts';

const totalsSchema = z.partialRecord(
  z.enum(retrainOutcomes),
  z.object({ runs: z.int().positive(), lastAt: z.iso.datetime() }),
);

/** How many runs ended with each outcome, and when the last one did. */
export type RunTotals = z.infer<typeof totalsSchema>;

/**
 * Adds a run to the totals in a file, which keeps the counters across processes.
 * @returns the totals including this run
 */
export async function addToTotals(
  file: string,
  outcome: RetrainOutcome,
  endedAt: string,
): Promise<RunTotals> {
  const totals = await read(file);
  const runs = (totals[outcome]?.runs ?? 0) + 1;
  const next = { ...totals, [outcome]: { runs, lastAt: endedAt } };
  await replaceFile(file, (partial) => writeFile(partial, `${JSON.stringify(next, null, 2)}\n`));
  return next;
}

/** Empty if the file is missing or invalid. */
async function read(file: string): Promise<RunTotals> {
  try {
    return totalsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return {};
  }
}
