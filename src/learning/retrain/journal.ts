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
  /** The version that the alias pointed to; null for none. */
  champion: z.int().positive().nullable(),
  /** The fingerprint of all photos with their labels and splits. */
  photos: z.string(),
  /** The options and settings of training. */
  settings: z.string(),
});

/** The inputs of a run: it is resumed only if none of them has changed. */
export type RunInputs = z.infer<typeof inputsSchema>;

const journalSchema = z.strictObject({
  schemaVersion: z.literal(1),
  runId: z.string().min(1),
  startedAt: z.iso.datetime(),
  inputs: inputsSchema,
  /** The highest version number when the run began; the version of the run is above it. */
  newestBefore: z.int().min(0),
  /** The current or last stage. */
  stage: z.enum(retrainStages),
  /** Seconds in each stage, over all parts of an interrupted run. */
  seconds: z.partialRecord(z.enum(retrainStages), z.number().min(0)),
  /** What the weights were initialized from, as text. */
  start: z.string().nullable(),
  /** The version that the run published; null until it is known to be published. */
  version: z.int().positive().nullable(),
  /** Set when the run is complete. */
  outcome: z.enum(retrainOutcomes).nullable(),
});

/** The state of a run, stored beside its checkpoint. */
export type Journal = z.infer<typeof journalSchema>;

/** Undefined if the file is missing or invalid; a new run begins then. */
export async function readJournal(file: string): Promise<Journal | undefined> {
  const text = await readFile(file, 'utf8').catch(undefinedIfMissing);
  if (text === undefined) return undefined;
  try {
    return journalSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Replaces the file atomically. */
export async function writeJournal(file: string, journal: Journal): Promise<void> {
  const text = `${JSON.stringify(journalSchema.parse(journal), null, 2)}\n`;
  await replaceFile(file, (partial) => writeFile(partial, text));
}

/** The names of the inputs that have changed. */
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
