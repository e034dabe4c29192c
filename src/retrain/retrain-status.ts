import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../storage/atomic-file.ts';
import { retrainOutcomes } from './retrain-outcome.ts';

/** The stages of a retraining, in their order. */
export const retrainStages = ['fetch', 'train', 'publish', 'gate', 'finish'] as const;

/** What a retraining tells of itself while it runs and when it has ended: the file that `--status-file` names. */
export const retrainStatusSchema = z.object({
  runId: z.string().min(1),
  stage: z.enum(retrainStages),
  startedAt: z.iso.datetime(),
  stageStartedAt: z.iso.datetime(),
  /** How far the stage is, where it can be counted. */
  progress: z
    .object({
      done: z.number().min(0),
      total: z.number().positive(),
      /** What is counted, such as `photos` or `epochs`. */
      unit: z.string(),
      note: z.string().optional(),
    })
    .optional(),
  /** Only when the run has ended; a run that was killed has none. */
  outcome: z.enum(retrainOutcomes).optional(),
  /** The challenger, from when it is published. */
  version: z.int().positive().optional(),
  /** Why it ended as it did, for people. */
  reasons: z.array(z.string()).optional(),
});

export type RetrainStatus = z.infer<typeof retrainStatusSchema>;

/** Replaces the file at once, so that a reader never sees half of it. */
export async function writeRetrainStatus(file: string, status: RetrainStatus): Promise<void> {
  const text = `${JSON.stringify(retrainStatusSchema.parse(status))}\n`;
  await replaceFile(file, (partial) => writeFile(partial, text));
}

/** Undefined where there is none yet, or none that can be read. */
export async function readRetrainStatus(file: string): Promise<RetrainStatus | undefined> {
  try {
    return retrainStatusSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
