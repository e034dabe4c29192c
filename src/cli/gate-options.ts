import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { GateConfig } from '../common/config/config.ts';
import { NAME_PATTERN } from '../registry/names.ts';
import { parseOptions } from '../common/parse-options.ts';
import { shareSchema } from '../learning/dataset/read-dataset.ts';
import type { GateOptions } from '../learning/gate/gate-options.ts';
import { versionOf, whoRuns } from '../registry/registry-settings.ts';

export const usage = `Usage: npm run gate -- VERSION [options]
Holds a published version against the one that an alias stands for, on photos that neither was trained on, both loaded
and asked as a server would. Moves the alias where the version is better, and writes the result beside the versions.

  --alias ALIAS     whose version is the champion, and which moves (default: MODEL_ALIAS, production)
  --name NAME       the model (default: MODEL_NAME, face-age)
  --set LOCATION    labelled photos, as npm run train takes them: a folder or s3://bucket/prefix (default: GATE_SET)
  --split NAME      the photos of the set to judge on, or all (default: GATE_SPLIT, val)
  --val-share SHARE of the photos of no split that validate (default: 0.1); as in training
  --cache FOLDER    keeps preprocessed photos, which tell copies apart (default: ~/.cache/face-age/photos)
  --id ID           of the result; where there is one already, what it decided is brought to its end
  --force           promote whatever the outcome; remembered in the result and in the alias's history
  --reason TEXT     why it is forced
  --json            print the result as it is stored
The registry is MODEL_REGISTRY: a folder (default ./models) or s3://bucket/prefix. npx face-age gate-config
shows and sets the thresholds.

Exit status: 0 promoted, 10 held back, 11 refused, 2 bad usage, 130 interrupted, 1 any other failure.`;

const options = {
  name: { type: 'string' },
  alias: { type: 'string' },
  set: { type: 'string' },
  split: { type: 'string' },
  'val-share': { type: 'string', default: '0.1' },
  cache: { type: 'string', default: path.join(homedir(), '.cache/face-age/photos') },
  id: { type: 'string' },
  force: { type: 'boolean', default: false },
  reason: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const nameSchema = z.string().regex(NAME_PATTERN, 'give small letters, digits, . _ -');

const optionsSchema = z
  .object({
    name: nameSchema,
    alias: nameSchema,
    set: z.string('give a folder or s3://bucket/prefix, or set GATE_SET').min(1),
    split: z.string().min(1),
    'val-share': shareSchema,
    cache: z.string().min(1),
    id: nameSchema.optional(),
    force: z.boolean(),
    reason: z.string().min(1).optional(),
  })
  .refine(({ force, reason }) => !force || reason !== undefined, {
    path: ['reason'],
    error: 'say why it is forced',
  })
  .refine(({ force, reason }) => force || reason === undefined, {
    path: ['reason'],
    error: 'is only for --force',
  });

/** A wish, and how its result is told. */
export interface GateCommand {
  gateOptions: GateOptions;
  json: boolean;
}

/**
 * @param args the command line's, without the program.
 * @returns undefined where only help is wanted.
 * @throws Error naming the first option that cannot be used.
 */
export function readGateOptions(
  args: readonly string[],
  config: GateConfig,
): GateCommand | undefined {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) return undefined;
  if (positionals.length > 1) throw new Error(`"${positionals[1]!}" is one argument too many`);
  const challenger = versionOf(positionals[0], 'npm run gate -- VERSION');
  const {
    name: model,
    'val-share': valShare,
    ...given
  } = parseOptions(optionsSchema, {
    ...values,
    name: values.name ?? config.MODEL_NAME,
    alias: values.alias ?? config.MODEL_ALIAS,
    set: values.set ?? config.GATE_SET,
    split: values.split ?? config.GATE_SPLIT,
  });
  return {
    gateOptions: { model, challenger, valShare, by: whoRuns(), ...given },
    json: values.json,
  };
}
