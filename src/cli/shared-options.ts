import { homedir } from 'node:os';
import path from 'node:path';
import type { Command, Option } from 'commander';
import { readDatasetConfig } from '../common/config/config.ts';
import { architectureNames } from '../learning/networks/architectures.ts';
import { option } from './command.ts';
import {
  addLocation,
  parseFeedbackWeight,
  parseGroups,
  parseInteger,
  parseLimit,
  parseLocation,
  parseName,
  parsePositive,
  parsePositiveInteger,
  parseShare,
  parseText,
} from './option-values.ts';

/** The folder of the caches that are not models. */
export const cacheRoot = path.join(homedir(), '.cache/face-age');

/** Which model and alias of the registry a command works on. */
export const registryOptions: Option[] = [
  option('--name <name>', 'the model (default: MODEL_NAME, face-age)', { parse: parseName }),
  option('--alias <alias>', 'the alias (default: MODEL_ALIAS, production)', { parse: parseName }),
];

/** Of the commands that publish versions. */
export const signOption = option(
  '--sign <file>',
  'sign the manifest with this Ed25519 private key (PEM); servers that set MODEL_PUBLIC_KEY load only signed versions',
  { parse: parseText },
);

/** Ends the help of the commands that use the registry. */
export const registryHelp =
  '\nThe registry is MODEL_REGISTRY: a folder (default ./models) or s3://bucket/prefix.';

export const valShareOption = option(
  '--val-share <share>',
  'share of the photos without a split that are used for validation',
  { parse: parseShare, default: 0.1 },
);

export const cacheOption = option('--cache <folder>', 'where preprocessed photos are cached', {
  parse: parseText,
  default: path.join(cacheRoot, 'photos'),
  shownDefault: '~/.cache/face-age/photos',
});

export const groupsOption = option(
  '--groups <columns>',
  'columns of labels.csv by which figures are reported, separated by commas, or "none"; values that fewer than 20 photos share are joined as "other" (default: sex,gender,ethnicity,race)',
  { parse: parseGroups },
);

/** The labeled photos of a command. */
export const dataOptions: Option[] = [
  option(
    '--data <location>',
    'labeled photos (labels.csv, names as in UTKFace, or a folder per age): a folder or s3://bucket/prefix (default: FACES_DIR)',
    { parse: parseLocation },
  ),
  valShareOption,
  cacheOption,
  groupsOption,
];

/** Ends with a usage error where neither `--data` nor FACES_DIR names the photos. */
export function dataOf(command: Command, data: string | undefined): string {
  const location = data ?? readDatasetConfig().FACES_DIR ?? '';
  if (location !== '') return location;
  return command.error('error: --data: give a folder or s3://bucket/prefix, or set FACES_DIR');
}

export const unreadableOption = option(
  '--max-unreadable <limit>',
  'fail where more photos than this number, or this share such as 0.5%, cannot be read (default: no limit)',
  { parse: parseLimit },
);

export const holdOutOption = option(
  '--hold-out <location>',
  'labeled photos that are never trained on, wherever else they occur; may be repeated (default: GATE_SET)',
  { parse: addLocation },
);

export const feedbackWeightOption = option(
  '--feedback-weight <weight>',
  'how much a feedback photo counts, against 1 for a photo of the data set (default: as in the recipe)',
  { parse: parseFeedbackWeight },
);

/** What a training run repeats and what it changes. */
export const recipeOptions: Option[] = [
  option('--recipe <file>', 'a JSON file of settings, or a manifest whose recipe is repeated', {
    parse: parseText,
  }),
  option('--epochs <n>', 'epochs, instead of the number in the recipe', {
    parse: parsePositiveInteger,
  }),
  option('--seed <n>', 'seed, instead of that in the recipe', { parse: parseInteger }),
  option('--architecture <name>', 'network architecture (default: as in the recipe)').choices(
    architectureNames,
  ),
  option('--checkpoint-every <seconds>', 'time between two checkpoints within an epoch', {
    parse: parsePositive,
    default: 300,
  }),
];
