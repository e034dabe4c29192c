import type { Command } from 'commander';
import { createCommand, jsonOption, option, printOutcome } from '../command.ts';
import { framingGiven, framingOptions, type FramingOptions } from '../framing-option.ts';
import { parseLocation, parseShare, parseText } from '../option-values.ts';
import type { RefreshOptions } from '../refresh.ts';
import { registryTarget, type TargetOptions } from '../registry-target.ts';
import {
  dataOf,
  dataOptions,
  registryHelp,
  registryOptions,
  signOption,
} from '../shared-options.ts';

type Given = Omit<RefreshOptions, 'model' | 'data' | 'framing'> &
  FramingOptions &
  TargetOptions & { data?: string; json?: boolean };

const refreshOptions = [
  ...dataOptions,
  option(
    '--new-data',
    'use other photos than the version was trained with; their split "val" is used for calibration and evaluation',
    { default: false },
  ),
  option('--data-license <text>', 'what these photos may be used for', { parse: parseText }),
  option(
    '--correct-ages <location>',
    'photos with exact ages: corrects the age scale of a network that learned ages as people perceive them, by three points ' +
      'that are fitted on these photos',
    { parse: parseLocation },
  ),
  option('--correct-ages-license <text>', 'what these photos may be used for', {
    parse: parseText,
  }),
  option('--correction-strength <share>', 'how much of the fitted correction is applied', {
    parse: parseShare,
    default: 1,
  }),
  ...framingOptions,
  ...registryOptions,
  signOption,
  jsonOption,
];

/** `face-age refresh MODEL`. */
export function refreshCommand(): Command {
  return createCommand(
    'refresh',
    'Publishes the weights of a version again, as the next version, and recomputes everything that is derived from labeled ' +
      'photos: calibration, metrics, report, model card, the reference histograms for drift, and golden samples. Feedback ' +
      'metrics are kept if the new calibration leaves the mean ages unchanged. Nothing is trained, so TensorFlow is not ' +
      'needed. No alias moves.',
    refreshOptions,
  )
    .argument('<model>', "a version (3), an alias, or a version's folder (models/face-age/3)")
    .addHelpText('after', registryHelp)
    .action(async (model: string, given: Given, command: Command) => {
      const data = dataOf(command, given.data);
      const { refresh } = await import('../refresh.ts');
      if (given.framePoints !== undefined && given.framing !== 'aligned')
        command.error('error: --frame-points needs --framing aligned');
      const framing = framingGiven(given);
      printOutcome(await refresh({ ...given, model, data, framing }, registryTarget(given)), given);
    });
}
