import path from 'node:path';
import type { Command } from 'commander';
import { readDatasetConfig } from '../../common/config/config.ts';
import type { FeedbackFigures } from '../../learning/training/publication/feedback-figures.ts';
import type { TrainOptions } from '../../learning/training/train.ts';
import { createCommand, option, stopSignal } from '../command.ts';
import { parseLocation, parseName, parseText } from '../option-values.ts';
import { framingGiven, framingOptions, type FramingOptions } from '../framing-option.ts';
import { currentUser } from '../registry-target.ts';
import { sourcesOf, trainingDataOptions, type GivenData } from '../training-data.ts';
import {
  cacheRoot,
  feedbackWeightOption,
  holdOutOption,
  recipeOptions,
} from '../shared-options.ts';

const trainOptions = [
  ...trainingDataOptions,
  ...framingOptions,
  option(
    '--tuning',
    'compare settings: train on nine tenths of the training photos, validate on the last tenth; writes no version',
    { default: false },
  ),
  option(
    '--feedback <location>',
    'also train on the accepted photos of a feedback store; a fifth of them are only used for evaluation',
    { parse: parseLocation },
  ),
  feedbackWeightOption,
  holdOutOption,
  option('--models <folder>', 'where the version is written', {
    parse: parseText,
    default: 'models',
  }),
  option('--name <name>', "the model's name", { parse: parseName, default: 'face-age' }),
  option('--alias <alias>', 'point this alias to the new version', { parse: parseName }),
  option(
    '--from <version>',
    'warm start: initialize the weights from a version (its number, its folder or an alias), with its network, ten epochs and a tenth of its learning rate unless --recipe says otherwise',
    { parse: parseText },
  ),
  ...recipeOptions,
  option(
    '--checkpoint <file>',
    'written after every epoch, on Ctrl-C and at intervals within an epoch (default: ~/.cache/face-age/train/<name>.checkpoint)',
    { parse: parseText },
  ),
  option(
    '--tensorboard <folder>',
    'where TensorBoard event files are written (default: the checkpoint with .tensorboard appended)',
    { parse: parseText },
  ),
  option('--resume', 'continue from the checkpoint', { default: false }),
  option('--license <text>', 'what the weights may be used for', {
    parse: parseText,
    default: 'Unknown: the license of the training photos applies',
  }),
];

/** What the command line asks for. */
export type TrainRequest = TrainOptions & { alias?: string };

/** What commander parses; what it leaves out has a default that depends on another option or the environment. */
type Given = Omit<TrainRequest, 'sources' | 'framing' | 'holdOut' | 'checkpoint' | 'tensorboard'> &
  Partial<Pick<TrainRequest, 'holdOut' | 'checkpoint' | 'tensorboard'>> &
  GivenData &
  FramingOptions;

/** `face-age train`. */
export function trainCommand(run: (request: TrainRequest) => Promise<void> = runTrain): Command {
  return createCommand(
    'train',
    'Trains a network on labeled photos and writes it as the next version of models/<name>/. Needs native TensorFlow.',
    trainOptions,
  ).action(async (given: Given, command: Command) => {
    const gateSet = readDatasetConfig().GATE_SET;
    const checkpoint =
      given.checkpoint ?? path.join(cacheRoot, 'train', `${given.name}.checkpoint`);
    await run({
      ...given,
      sources: sourcesOf(command, given),
      framing: framingGiven(given),
      holdOut: given.holdOut ?? (gateSet === undefined ? [] : [gateSet]),
      checkpoint,
      tensorboard: given.tensorboard ?? `${checkpoint}.tensorboard`,
    });
  });
}

async function runTrain({ alias, ...options }: TrainRequest): Promise<void> {
  const { train } = await import('../../learning/training/train.ts');
  const written = await train(options, stopSignal(), (line) => console.log(line));
  if (written === undefined) return;
  const { figuresTable } = await import('../../learning/evaluation/text-table.ts');
  const { version, figures, feedback } = written;
  console.log(figuresTable(figures));
  if (feedback !== undefined) console.log(feedbackSentence(feedback));
  if (alias !== undefined) await moveAlias(options, alias, version);
  console.log(`wrote ${path.join(options.models, options.name, String(version))}`);
}

function feedbackSentence(figures: FeedbackFigures): string {
  const { feedbackPhotos, feedbackMae = 0, feedbackBias = 0, feedbackCs5 = 0 } = figures;
  const { feedbackRanges, feedbackInRange = 0 } = figures;
  const bias = `${feedbackBias < 0 ? '−' : '+'}${Math.abs(feedbackBias).toFixed(2)}`;
  const exact =
    `${feedbackPhotos} photos, MAE ${feedbackMae.toFixed(2)} years, ` +
    `bias ${bias}, within five years ${feedbackCs5.toFixed(3)}`;
  const ranges = `${feedbackRanges} photos with ranges, mean in the range ${feedbackInRange.toFixed(3)}`;
  const parts = [
    ...(feedbackPhotos === undefined ? [] : [exact]),
    ...(feedbackRanges === undefined ? [] : [ranges]),
  ];
  return `feedback that was not trained on: ${parts.join('; ')}`;
}

async function moveAlias(
  { models, name }: TrainOptions,
  alias: string,
  version: number,
): Promise<void> {
  const { FileRegistry } = await import('../../registry/file-registry.ts');
  const { promote } = await import('../../registry/promotion.ts');
  const move = { model: name, alias, by: currentUser(), reason: 'trained' };
  await promote(new FileRegistry(models), version, move);
}
