import type { Command } from 'commander';
import { createCommand, option } from '../command.ts';
import { parseText } from '../option-values.ts';
import type { PredictRequest } from '../predict/predict.ts';

const predictOptions = [
  option('--url <url>', 'query a running service instead of loading the model in this process'),
  option(
    '--model <version>',
    "a version, an alias or a version's folder (default: the version that MODEL_ALIAS points to)",
    { parse: parseText },
  ),
  option(
    '--at-least <ages>',
    'such as 18,21: whether the person is at least this old: yes, no or uncertain',
  ),
  option('--confidence <share>', 'how certain a yes or a no must be, such as 0.95'),
  option('--buckets <ranges>', 'other age ranges, such as 0-17,18-120'),
  option(
    '--faces <which>',
    "largest, all, or none where each photo is a framed face (default: largest; none with --crop; with --url, the service's)",
  ),
  option(
    '--crop <x,y,w,h>',
    'the part of each photo that holds the framed face, or with --faces that is searched, in pixels or fractions',
  ),
  option('--margin <share>', 'widens the crop on each side, such as 0.2'),
  option('--json', 'print a JSON document for each photo, one per line', { default: false }),
  option('--csv', 'print a table with a header', { default: false }),
  option('--api-key <key>', 'for --url, where the service requires one'),
];

const help = `
Exit status: 0 every photo was answered, 1 some were not, 2 the command line cannot be used.
Examples:
  npx face-age predict photo.jpg --at-least 18
  npx face-age predict group.jpg --faces all
  npx face-age predict photos/ --csv > ages.csv
  npx face-age predict photos/ --json | jq .prediction.age.mean`;

/** `face-age predict PHOTO …`. */
export function predictCommand(): Command {
  return createCommand(
    'predict',
    'Estimates the age of the largest face in each photo, or of all faces (see --faces). No server is needed.',
    predictOptions,
  )
    .argument('<photos...>', 'photos, and folders of photos')
    .addHelpText('after', help)
    .action(async (photos: string[], request: PredictRequest) => {
      const { predict } = await import('../predict/predict.ts');
      process.exitCode = await predict(photos, request);
    });
}
