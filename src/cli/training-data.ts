import type { Command, Option } from 'commander';
import type { PhotosOptions } from '../learning/training/batches/open-photos.ts';
import type { TrainingSource } from '../learning/training/batches/training-sources.ts';
import { option } from './command.ts';
import { addLocation, addPositive, addText, parseLocation, parseText } from './option-values.ts';
import {
  cacheOption,
  dataOf,
  groupsOption,
  unreadableOption,
  valShareOption,
} from './shared-options.ts';

/** The photos of a command that trains. */
export const trainingDataOptions: Option[] = [
  option(
    '--data <location>',
    'labeled photos (labels.csv, names as in UTKFace, or a folder per age): a folder or s3://bucket/prefix; may be repeated (default: FACES_DIR)',
    { parse: addLocation },
  ),
  option(
    '--data-weight <weight>',
    'how much each photo of a data set counts, relative to the other sets; once for each --data, in the same order (default: 1)',
    { parse: addPositive },
  ),
  option(
    '--data-license <text>',
    'what the photos of a data set may be used for; once for each --data, in the same order',
    { parse: addText },
  ),
  option(
    '--negatives <location>',
    'pictures without faces (no labels needed), from which a network with a second output learns what is no face',
    { parse: parseLocation },
  ),
  option('--negatives-license <text>', 'what the pictures without faces may be used for', {
    parse: parseText,
  }),
  option('--feedback-license <text>', 'what the photos of the feedback may be used for', {
    parse: parseText,
  }),
  option(
    '--keep-without-face',
    'also train on photos in which no face is found, as they are, instead of leaving them out',
    { default: false },
  ),
  valShareOption,
  cacheOption,
  groupsOption,
  unreadableOption,
];

/** What commander parses of these options. */
export type GivenData = Pick<
  PhotosOptions,
  'negatives' | 'negativesLicense' | 'feedbackLicense' | 'keepWithoutFace'
> & {
  data?: string[];
  dataWeight?: number[];
  dataLicense?: string[];
};

/** The data sets that the options name. Ends with a usage error where they name none, or do not fit together. */
export function sourcesOf(
  command: Command,
  { data = [], dataWeight, dataLicense }: GivenData,
): TrainingSource[] {
  const locations = data.length > 0 ? data : [dataOf(command, undefined)];
  for (const [name, values] of Object.entries({ weight: dataWeight, license: dataLicense }))
    if (values !== undefined && values.length !== locations.length)
      command.error(
        `error: --data-${name}: give it once for each --data: ${values.length} for ${locations.length}`,
      );
  return locations.map((location, index) => ({
    data: location,
    weight: dataWeight?.[index] ?? 1,
    license: dataLicense?.[index],
  }));
}
