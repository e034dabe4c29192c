import { z } from 'zod';

/** What a request may change about one retraining; everything else is settings of the installation. */
export const retrainOverridesSchema = z.strictObject({
  epochs: z.int().positive().max(10_000).optional().describe("instead of the recipe's"),
  seed: z.int().min(0).optional().describe("instead of the recipe's"),
  force: z.boolean().optional().describe('promote whatever the gate says; recorded'),
});

export type RetrainOverrides = z.infer<typeof retrainOverridesSchema>;

/** As the retrain command takes them. */
export function argumentsOf({ epochs, seed, force }: RetrainOverrides): string[] {
  return [
    ...(epochs === undefined ? [] : ['--epochs', String(epochs)]),
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
    ...(force === true ? ['--force'] : []),
  ];
}
