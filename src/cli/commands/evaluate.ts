import path from 'node:path';
import type { Command } from 'commander';
import { readModelConfig } from '../../common/config/config.ts';
import {
  arrangementNames,
  defaultCounts,
  type DetectorEvaluation,
} from '../../learning/evaluation/detector/detector-evaluation.ts';
import type { EvaluationOptions } from '../../learning/evaluation/run-evaluation.ts';
import { createCommand, jsonOption, option } from '../command.ts';
import {
  parseCount,
  parseInteger,
  parsePositiveInteger,
  parseText,
  parseUrl,
} from '../option-values.ts';
import { printDetector, printWarnings, printWithoutFaces } from '../measurements.ts';
import { dataOf, dataOptions } from '../shared-options.ts';

const evaluateOptions = [
  ...dataOptions,
  option(
    '--split <name>',
    'the photos to evaluate on, or "all"; photos without a split are split as in training, so "val" has none that were trained on',
    { parse: parseText, default: 'val' },
  ),
  option(
    '--model <model>',
    "a version's folder (models/face-age/2), a version, or an alias (default: MODEL_ALIAS of MODEL_NAME in MODEL_REGISTRY)",
    { parse: parseText },
  ),
  option('--engine <engine>', '(default: ENGINE, else auto)').choices([
    'auto',
    'onnxruntime',
    'tensorflow',
  ]),
  option('--precision <precision>', '(default: PRECISION, else auto)').choices([
    'auto',
    'fp32',
    'int8',
  ]),
  option(
    '--faces <mode>',
    'find the largest face in each photo, or take each photo for a framed face (default: as the service does)',
  ).choices(['largest', 'none']),
  option('--url <url>', 'query a running service over HTTP instead', { parse: parseUrl }),
  option(
    '--out <folder>',
    'where results are written (default: evaluation/<name>-<version>-<split>, with -int8 appended where that is the precision)',
    { parse: parseText },
  ),
  option('--photos <n>', 'embed the N photos with the largest errors in the report', {
    parse: parseCount,
    default: 0,
  }),
  option(
    '--detector [folder]',
    'measure finding faces instead of a model, with this detector (default: the one that ships); --data is then a table ' +
      'with the columns file, x, y, width and height, or a folder of photos that show one face each, or none',
  ),
  option(
    '--warnings [photos]',
    'measure the warnings instead: how often each is raised, and the error with and without it, on this many photos of ' +
      'the split (default: 1000) and on worse copies of 60 of them; --data is then a table with the columns file and ' +
      'age, a whole number or a range such as 20-29, and perhaps split',
    { parse: parseCount },
  ),
  option(
    '--without-faces',
    'measure what the model makes of pictures without faces, which --data then is a folder of: how many are answered, warned ' +
      'of and decided upon, both as photos and as framed faces',
    { default: false },
  ),
  option(
    '--arrange <as>',
    'with --detector: take the photos for crops of faces and search groups that are pasted onto --backgrounds, montages of ' +
      'six, variants that are padded and turned, or shifts: how much the alignment of a face varies',
  ).choices(arrangementNames),
  option('--backgrounds <folder>', 'photos without a face for groups', { parse: parseText }),
  option(
    '--count <n>',
    `how many pictures are made or crops varied (default: ${arrangementNames.map((name) => `${name} ${defaultCounts[name]}`).join(', ')})`,
    { parse: parsePositiveInteger },
  ),
  option('--seed <n>', 'equal seeds make equal groups and montages', {
    parse: parseInteger,
    default: 1,
  }),
  option(
    '--except <table>',
    'with --detector and --without-faces: photos to leave out, as a table with the columns file and reason',
    { parse: parseText },
  ),
  jsonOption,
];

/** By default, warnings are measured on so many photos. */
const WARNING_PHOTOS = 1000;

const help = `
A groups.json in the data names the codes of groups: {"sex": {"0": "male", "1": "female"}}.`;

/** What the command line asks for. */
export type EvaluateRequest = EvaluationOptions & { json?: boolean };
type DetectorOptions = Omit<DetectorEvaluation, 'folder' | keyof EvaluationOptions>;
type Given = Omit<EvaluateRequest, 'data'> &
  DetectorOptions & {
    data?: string;
    detector?: string | true;
    warnings?: number | true;
    withoutFaces: boolean;
  };

/** `face-age evaluate`. */
export function evaluateCommand(
  run: (request: EvaluateRequest) => Promise<void> = runEvaluate,
): Command {
  return createCommand(
    'evaluate',
    'Evaluates a model on the labeled photos of a split, one photo per inference, as the service would, and writes ' +
      'metrics.json, report.html and MODEL_CARD.md.',
    evaluateOptions,
  )
    .addHelpText('after', help)
    .action(({ detector, warnings, withoutFaces, ...given }: Given, command: Command) => {
      const data = dataOf(command, given.data);
      if (withoutFaces) return printWithoutFaces({ ...given, data });
      if (warnings !== undefined) {
        const photos = warnings === true ? WARNING_PHOTOS : warnings;
        return printWarnings({ ...given, data, photos });
      }
      if (detector === undefined) return run({ ...given, data });
      const folder = detector === true ? undefined : detector;
      return printDetector({ ...given, data, folder });
    });
}

async function runEvaluate({ json, ...options }: EvaluateRequest): Promise<void> {
  const { createProgress } = await import('../../common/progress.ts');
  const { evaluate } = await import('../../learning/evaluation/run-evaluation.ts');
  const { figuresTable } = await import('../../learning/evaluation/text-table.ts');
  const reporter = { log: console.error, progress: createProgress('photos') };
  const { metrics, out } = await evaluate(options, readModelConfig(), reporter);
  console.log(json === true ? JSON.stringify(metrics, null, 2) : figuresTable(metrics));
  const report = path.join(out, 'report.html');
  console.error(`\nThe report is ${report}; metrics.json and MODEL_CARD.md are beside it.`);
}
