import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseUnreadableLimit } from '../dataset/unreadable.ts';
import { architectureNames } from '../networks/architectures.ts';
import { NAME_PATTERN } from '../../registry/names.ts';
import { parseOptions } from '../../common/parse-options.ts';
import { shareSchema } from '../dataset/read-dataset.ts';

export const usage = `Usage: npm run train -- --data FOLDER|s3://BUCKET/PREFIX [options]
Trains a network on labelled photos (labels.csv, names as in UTKFace, or a folder per age) and writes it as the next
version of models/<name>/.

  --data LOCATION      labelled photos: a folder or s3://bucket/prefix (default: FACES_DIR)
  --cache FOLDER       keeps preprocessed photos (default: ~/.cache/face-age/photos)
  --max-unreadable N   stop where more photos than N, or than N% of all, cannot be read (default: no limit)
  --val-share SHARE    of the photos of no split that validate (default: 0.1)
  --tuning             compare settings: train on nine tenths of the training photos, validate on the last tenth;
                       writes no version
  --feedback LOCATION  also train on the accepted photos of a feedback store, a fifth of which only judge
  --feedback-weight W  how much a photo of it counts, against 1 for one of the data (default: the recipe's, 1)
  --hold-out LOCATION  labelled photos that are never trained on, wherever else they are; may be repeated
                       (default: GATE_SET)
  --models FOLDER      where the version is written (default: models)
  --name NAME          the model's name (default: face-age)
  --alias ALIAS        point this alias at the new version
  --from VERSION       go on from a version (its number, its folder or an alias) instead of from random weights: with its
                       network, ten epochs and a tenth of its learning rate where --recipe does not say otherwise
  --architecture NAME  ${architectureNames.join(', ')} (default: the recipe's)
  --recipe FILE        a JSON file of settings, or a manifest whose recipe is repeated
  --epochs N           epochs, instead of the recipe's
  --seed N             seed, instead of the recipe's
  --checkpoint FILE    written after every epoch, on Ctrl-C and now and then within an epoch
                       (default: ~/.cache/face-age/train/<name>.checkpoint)
  --checkpoint-every S seconds between two within an epoch (default: 300)
  --tensorboard FOLDER where event files are written (default: the checkpoint's name with .tensorboard)
  --resume             continue from the checkpoint
  --license TEXT       what the weights may be used for`;

const cacheRoot = path.join(homedir(), '.cache/face-age');

const options = {
  data: { type: 'string' },
  cache: { type: 'string', default: path.join(cacheRoot, 'photos') },
  'max-unreadable': { type: 'string' },
  'val-share': { type: 'string', default: '0.1' },
  tuning: { type: 'boolean', default: false },
  feedback: { type: 'string' },
  'feedback-weight': { type: 'string' },
  'hold-out': { type: 'string', multiple: true },
  models: { type: 'string', default: 'models' },
  name: { type: 'string', default: 'face-age' },
  alias: { type: 'string' },
  from: { type: 'string' },
  architecture: { type: 'string' },
  recipe: { type: 'string' },
  epochs: { type: 'string' },
  seed: { type: 'string' },
  checkpoint: { type: 'string' },
  'checkpoint-every': { type: 'string', default: '300' },
  tensorboard: { type: 'string' },
  resume: { type: 'boolean', default: false },
  license: { type: 'string', default: 'Unknown: the licence of the training photos applies' },
  help: { type: 'boolean', default: false },
} as const;

/** A name that is part of a path, as registries take it. */
const nameSchema = z.string().regex(NAME_PATTERN, 'give small letters, digits, . _ -');

const optionsSchema = z
  .object({
    data: z.string().min(1, 'give a folder or s3://bucket/prefix, or set FACES_DIR'),
    cache: z.string().min(1),
    'max-unreadable': z
      .string()
      .transform((text, context) => {
        const limit = parseUnreadableLimit(text);
        if (limit !== undefined) return limit;
        context.addIssue('give a number of photos or a share such as 0.5%');
        return z.NEVER;
      })
      .optional(),
    'val-share': shareSchema,
    tuning: z.boolean(),
    feedback: z.string().min(1, 'give a folder or s3://bucket/prefix').optional(),
    'feedback-weight': z.coerce.number('give a number').positive().max(100).optional(),
    'hold-out': z.array(z.string().min(1, 'give a folder or s3://bucket/prefix')),
    models: z.string().min(1),
    name: nameSchema,
    alias: nameSchema.optional(),
    from: z.string().min(1).optional(),
    architecture: z.string().optional(),
    recipe: z.string().min(1).optional(),
    epochs: z.coerce.number('give a whole number').int().positive().optional(),
    seed: z.coerce.number('give a whole number').int().optional(),
    checkpoint: z.string().min(1).optional(),
    'checkpoint-every': z.coerce.number('give seconds').positive(),
    tensorboard: z.string().min(1).optional(),
    resume: z.boolean(),
    license: z.string().min(1),
  })
  .transform((trainingOptions) => {
    const checkpoint =
      trainingOptions.checkpoint ??
      path.join(cacheRoot, 'train', `${trainingOptions.name}.checkpoint`);
    return {
      ...trainingOptions,
      checkpoint,
      tensorboard: trainingOptions.tensorboard ?? `${checkpoint}.tensorboard`,
    };
  });

/** What is to be trained on what, and where it goes. */
export type TrainingOptions = z.infer<typeof optionsSchema>;

/**
 * @param args the command line's, without the program.
 * @param facesDirectory the photos where none are given.
 * @param gateSet held out where nothing else is.
 * @returns undefined where only help is wanted.
 * @throws Error naming the first option that cannot be used.
 */
export function readOptions(
  args: readonly string[],
  facesDirectory = '',
  gateSet = '',
): TrainingOptions | undefined {
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return undefined;
  const heldOut = values['hold-out'] ?? (gateSet === '' ? [] : [gateSet]);
  const data = values.data ?? facesDirectory;
  return parseOptions(optionsSchema, { ...values, data, 'hold-out': heldOut });
}
