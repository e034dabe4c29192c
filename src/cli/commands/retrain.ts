import type { Command } from 'commander';
import { readRetrainConfig, type RetrainConfig } from '../../common/config/config.ts';
import type { RetrainOptions } from '../../learning/retrain/retrain-options.ts';
import { createCommand, jsonOption, option, stopSignal } from '../command.ts';
import { parseLocation, parseText } from '../option-values.ts';
import { currentUser } from '../registry-target.ts';
import { sourcesOf, trainingDataOptions, type GivenData } from '../training-data.ts';
import {
  feedbackWeightOption,
  holdOutOption,
  recipeOptions,
  registryHelp,
  registryOptions,
  signOption,
} from '../shared-options.ts';

const retrainOptions = [
  ...trainingDataOptions,
  option(
    '--feedback <location>',
    'a feedback store whose accepted photos are also trained on (default: FEEDBACK_STORE)',
    { parse: parseLocation },
  ),
  feedbackWeightOption,
  holdOutOption,
  ...recipeOptions,
  option(
    '--license <text>',
    'what the weights may be used for (default: the license of the champion)',
    { parse: parseText },
  ),
  option('--work <folder>', 'keeps the state of an unfinished run (default: RETRAIN_STATE_DIR)', {
    parse: parseText,
  }),
  ...registryOptions,
  option(
    '--even-if-unchanged',
    'train even where a version was already trained on exactly these photos',
    { default: false },
  ),
  option('--force', 'promote whatever the gate decides; recorded', { default: false }),
  option('--reason <text>', 'why it is forced', { parse: parseText }),
  option(
    '--as-job',
    'exit with 0 unless something went wrong: also where the gate holds or refuses, another run holds the lock or there is nothing new',
    { default: false },
  ),
  jsonOption,
  signOption,
  option('--status-file <file>', 'a file that reports the progress as JSON', { parse: parseText }),
  option(
    '--metrics-file <file>',
    'a file of metrics for the textfile collector of the Prometheus node_exporter',
    { parse: parseText },
  ),
];

const help = `${registryHelp} The gate uses the
photos of GATE_SET, else the split "val" of the data. Needs native TensorFlow.

Exit status: 0 promoted, 10 held back, 11 refused, 12 another run holds the lock, 13 nothing new to learn,
130 interrupted, 2 the command line or a setting cannot be used, 1 any other failure.`;

/** What the command line asks for. */
export interface RetrainRequest {
  options: RetrainOptions;
  config: RetrainConfig;
  /** See `--as-job`. */
  asJob: boolean;
  json: boolean;
}

/** What commander parses; what it leaves out comes from the settings. */
type Given = Omit<RetrainOptions, 'sources' | 'holdOut' | 'work' | 'name' | 'alias' | 'by'> &
  Partial<RetrainOptions> &
  GivenData & { asJob: boolean; json?: boolean };

/** `face-age retrain`. */
export function retrainCommand(
  run: (request: RetrainRequest) => Promise<void> = runRetrain,
): Command {
  return createCommand(
    'retrain',
    'Fetches labeled photos and accepted feedback, trains from the version that serves (warm start), publishes the result, ' +
      'compares it with that version and promotes it if it is better. After a stop or a crash, the same command resumes the run.',
    retrainOptions,
  )
    .addHelpText('after', help)
    .action(async ({ asJob, json = false, ...given }: Given, command: Command) => {
      const sources = sourcesOf(command, given);
      const config = readRetrainConfig();
      await run({
        options: { ...given, ...withSettings(given, config), sources },
        config,
        asJob,
        json,
      });
    });
}

/** Settings stand in for what the command line leaves out. */
function withSettings(given: Partial<RetrainOptions>, config: RetrainConfig) {
  const gateSet = config.GATE_SET === undefined ? [] : [config.GATE_SET];
  return {
    feedback: given.feedback ?? config.FEEDBACK_STORE,
    holdOut: given.holdOut ?? gateSet,
    work: given.work ?? config.RETRAIN_STATE_DIR,
    name: given.name ?? config.MODEL_NAME,
    alias: given.alias ?? config.MODEL_ALIAS,
    by: currentUser(),
  };
}

async function runRetrain({ options, config, asJob, json }: RetrainRequest): Promise<void> {
  await requireUsableRecipe(options);
  const { retrain } = await import('../../learning/retrain/retrain.ts');
  const { reportText } = await import('../../learning/retrain/retrain-report.ts');
  const { notificationText } = await import('../../learning/retrain/notification.ts');
  const { exitCodeOf } = await import('../../registry/retrain-record.ts');
  const log = json ? console.error : console.log;
  const stop = stopSignal();
  const { report, notifications } = await retrain({ options, config, log, stop });
  const text = [reportText(report), ...notificationText(notifications)].join('\n');
  console.log(json ? JSON.stringify({ ...report, notified: notifications }, null, 2) : text);
  // Threads that still work on what was abandoned must not delay the end.
  process.exit(exitCodeOf(report.outcome, asJob));
}

/** Fails before the photos are fetched rather than after. */
async function requireUsableRecipe(options: RetrainOptions): Promise<void> {
  const { readRecipe } = await import('../../learning/training/recipe-file.ts');
  const { completeRecipe } = await import('../../learning/training/recipe.ts');
  completeRecipe(await readRecipe(options));
}
