import { readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { retrainOutcomes, retrainStages } from '../../registry/retrain-record.ts';
import { replaceFile, undefinedIfMissing } from '../../registry/store/local-files.ts';

const inputsSchema = z.strictObject({
  /** Where versions are published. */
  registry: z.string(),
  model: z.string(),
  alias: z.string(),
  /** The version that the alias stood for; null for none. */
  champion: z.int().positive().nullable(),
  /** Of all photos with their labels and splits. */
  photos: z.string(),
  /** What the command line and the settings say about training and judging. */
  settings: z.string(),
});

/** What a run is made from: a run goes on only where all of it is as it was. */
export type RunInputs = z.infer<typeof inputsSchema>;

const journalSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string().min(1),
  startedAt: z.iso.datetime(),
  inputs: inputsSchema,
  /** The highest version number that there was; the run's own version is above it. */
  newestBefore: z.int().min(0),
  /** The stage under way, or last. */
  stage: z.enum(retrainStages),
  /** Spent in each stage, over all parts of an interrupted run. */
  seconds: z.partialRecord(z.enum(retrainStages), z.number().min(0)),
  /** What the network started from, for people. */
  start: z.string().nullable(),
  /** The run's own version, once it is known to be published. */
  version: z.int().positive().nullable(),
  /** Once nothing is left to do. */
  outcome: z.enum(retrainOutcomes).nullable(),
});

/** How far a run is. It lies beside the run's checkpoint. */
export type Journal = z.infer<typeof journalSchema>;

/** Undefined where there is none, or none that can be used: a run then starts afresh. */
export async function readJournal(file: string): Promise<Journal | undefined> {
  const text = await readFile(file, 'utf8').catch(undefinedIfMissing);
  if (text === undefined) return undefined;
  try {
    return journalSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Replaces it whole. */
export async function writeJournal(file: string, journal: Journal): Promise<void> {
  const text = `${JSON.stringify(journalSchema.parse(journal), null, 2)}\n`;
  await replaceFile(file, (partial) => writeFile(partial, text));
}

/** What is not as it was, for people; nothing where all is. */
export function changedInputs(before: RunInputs, now: RunInputs): string[] {
  const keys = Object.keys(inputsSchema.shape) as (keyof RunInputs)[];
  return keys
    .filter((key) => !isDeepStrictEqual(before[key], now[key]))
    .map((key) => inputNames[key]);
}

const inputNames: Record<keyof RunInputs, string> = {
  registry: 'the registry',
  model: 'the model',
  alias: 'the alias',
  champion: 'the version that serves',
  photos: 'the photos or their labels',
  settings: 'the settings',
};
