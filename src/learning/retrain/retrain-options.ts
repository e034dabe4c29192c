import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { RetrainConfig } from '../../common/config/config.ts';
import { parseUnreadableLimit } from '../dataset/unreadable.ts';
import { architectureNames } from '../networks/architectures.ts';
import { NAME_PATTERN } from '../../registry/names.ts';
import { parseOptions } from '../../common/parse-options.ts';
import { shareSchema } from '../dataset/read-dataset.ts';

export const usage = `Usage: npm run retrain -- --data FOLDER|s3://BUCKET/PREFIX [options]
Fetches labelled photos and accepted feedback, goes on training from the version that serves, publishes the result,
holds it against that version and promotes it where it is better. Killed or stopped at any point, the same command goes
on where it was.

  --data LOCATION      labelled photos, as npm run train takes them (default: FACES_DIR)
  --val-share SHARE    of the photos of no split that validate (default: 0.1)
  --max-unreadable N   stop where more photos than N, or than N% of all, cannot be read (default: no limit)
  --cache FOLDER       keeps preprocessed photos (default: ~/.cache/face-age/photos)
  --feedback LOCATION  a feedback store whose accepted photos are trained on too (default: FEEDBACK_STORE)
  --feedback-weight W  how much a photo of it counts, against 1 for one of the data
                       (default: as for the version that serves, else 1)
  --hold-out LOCATION  labelled photos that are never trained on; may be repeated (default: GATE_SET)

  --recipe FILE        a JSON file of settings, instead of those of the version that serves and of fine-tuning
  --epochs N           epochs (default: 10 from a version, 30 from random weights)
  --seed N             seed, instead of the recipe's
  --architecture NAME  ${architectureNames.join(', ')}; another than that of the version that serves begins with
                       random weights
  --license TEXT       what the weights may be used for (default: as of the version that serves)
  --checkpoint-every S seconds between two checkpoints within an epoch (default: 300)
  --work FOLDER        keeps what a run has done so far (default: RETRAIN_STATE_DIR)

  --name NAME          the model (default: MODEL_NAME, face-age)
  --alias ALIAS        whose version is the champion, and which moves (default: MODEL_ALIAS, production)
  --even-if-unchanged  train even where a version has been made of the very same photos
  --force              promote whatever the gate says; recorded
  --reason TEXT        why it is forced

  --as-job             end with 0 wherever nothing went wrong: held back, refused, locked and nothing new too
  --json               print a JSON document; what goes on is told on standard error
  --status-file FILE   tells how far the run is, as JSON
  --metrics-file FILE  metrics for the textfile collector of Prometheus's node_exporter
The registry is MODEL_REGISTRY: a folder (default ./models) or s3://bucket/prefix. The gate's photos are GATE_SET, else
the split "val" of the data.

Exit status: 0 promoted, 10 held back, 11 refused, 12 another run holds the lock, 13 nothing new to learn,
130 interrupted, 2 bad usage, 1 any other failure.`;

const options = {
  data: { type: 'string' },
  'val-share': { type: 'string', default: '0.1' },
  'max-unreadable': { type: 'string' },
  cache: { type: 'string', default: path.join(homedir(), '.cache/face-age/photos') },
  feedback: { type: 'string' },
  'feedback-weight': { type: 'string' },
  'hold-out': { type: 'string', multiple: true },
  recipe: { type: 'string' },
  epochs: { type: 'string' },
  seed: { type: 'string' },
  architecture: { type: 'string' },
  license: { type: 'string' },
  'checkpoint-every': { type: 'string', default: '300' },
  work: { type: 'string' },
  name: { type: 'string' },
  alias: { type: 'string' },
  'even-if-unchanged': { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  reason: { type: 'string' },
  'as-job': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  'status-file': { type: 'string' },
  'metrics-file': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const nameSchema = z.string().regex(NAME_PATTERN, 'give small letters, digits, . _ -');
const locationSchema = z.string().min(1, 'give a folder or s3://bucket/prefix');

const optionsSchema = z.object({
  data: z.string().min(1, 'give a folder or s3://bucket/prefix, or set FACES_DIR'),
  'val-share': shareSchema,
  'max-unreadable': z
    .string()
    .transform((text, context) => {
      const limit = parseUnreadableLimit(text);
      if (limit !== undefined) return limit;
      context.addIssue('give a number of photos or a share such as 0.5%');
      return z.NEVER;
    })
    .optional(),
  cache: z.string().min(1),
  feedback: locationSchema.optional(),
  'feedback-weight': z.coerce.number('give a number').positive().max(100).optional(),
  'hold-out': z.array(locationSchema),
  recipe: z.string().min(1).optional(),
  epochs: z.coerce.number('give a whole number').int().positive().optional(),
  seed: z.coerce.number('give a whole number').int().optional(),
  architecture: z.enum(architectureNames).optional(),
  license: z.string().min(1).optional(),
  'checkpoint-every': z.coerce.number('give seconds').positive(),
  work: z.string().min(1),
  name: nameSchema,
  alias: nameSchema,
  'even-if-unchanged': z.boolean(),
  force: z.boolean(),
  reason: z.string().min(1).optional(),
  'as-job': z.boolean(),
  json: z.boolean(),
  'status-file': z.string().min(1).optional(),
  'metrics-file': z.string().min(1).optional(),
});

/** What is to be learned from what, for which alias, and where that is told. */
export type RetrainOptions = z.infer<typeof optionsSchema>;

/**
 * @param args the command line's, without the program.
 * @param facesDirectory the photos where none are given.
 * @returns undefined where only help is wanted.
 * @throws Error naming the first option that cannot be used.
 */
export function readOptions(
  args: readonly string[],
  config: RetrainConfig,
  facesDirectory = '',
): RetrainOptions | undefined {
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return undefined;
  return parseOptions(optionsSchema, {
    ...values,
    data: values.data ?? facesDirectory,
    feedback: values.feedback ?? config.FEEDBACK_STORE,
    'hold-out': values['hold-out'] ?? (config.GATE_SET === undefined ? [] : [config.GATE_SET]),
    work: values.work ?? config.RETRAIN_STATE_DIR,
    name: values.name ?? config.MODEL_NAME,
    alias: values.alias ?? config.MODEL_ALIAS,
  });
}
