import { z } from 'zod';

/** What a request may change for one retraining; the server's settings decide everything else. */
export const retrainOverridesSchema = z.strictObject({
  epochs: z.int().positive().max(10_000).optional().describe("instead of the recipe's"),
  seed: z.int().min(0).optional().describe("instead of the recipe's"),
  force: z
    .boolean()
    .optional()
    .describe('promote whatever the gate decides; the registry records it'),
});

export type RetrainOverrides = z.infer<typeof retrainOverridesSchema>;

/** The overrides as arguments of the retrain command. */
export function argumentsOf({ epochs, seed, force }: RetrainOverrides): string[] {
  return [
    ...(epochs === undefined ? [] : ['--epochs', String(epochs)]),
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
    ...(force === true ? ['--force'] : []),
  ];
}
