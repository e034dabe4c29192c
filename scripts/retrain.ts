import { readRetrainConfig, type RetrainConfig } from '../src/common/config/config.ts';
import { messageOf } from '../src/common/errors.ts';
import { exitCodeOf, retrainExitCodes } from '../src/registry/retrain-record.ts';
import { reportText } from '../src/learning/retrain/retrain-report.ts';
import { completeRecipe } from '../src/learning/training/recipe.ts';
import { notifiedText } from '../src/learning/retrain/notification.ts';
import { retrain } from '../src/learning/retrain/retrain.ts';
import {
  readOptions,
  usage,
  type RetrainOptions,
} from '../src/learning/retrain/retrain-options.ts';
import { readRecipe } from '../src/learning/training/recipe-file.ts';

/** @throws Error where the command line or the settings cannot be used; undefined where only help is wanted */
async function readRequest(): Promise<{ options: RetrainOptions; config: RetrainConfig } | undefined> {
  const config = readRetrainConfig();
  const options = readOptions(process.argv.slice(2), config, config.FACES_DIR);
  if (options === undefined) return undefined;
  // Better said now than after the photos are here.
  completeRecipe(await readRecipe(options));
  return { options, config };
}

/** The first Ctrl-C ends the run with a checkpoint, the second one at once. */
function stopOnInterrupt(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  return stop.signal;
}

async function run(options: RetrainOptions, config: RetrainConfig): Promise<number> {
  const tell = options.json ? console.error : console.log;
  const { report, notified } = await retrain({ options, config, tell, stop: stopOnInterrupt() });
  const text = [reportText(report), ...notifiedText(notified)].join('\n');
  console.log(options.json ? JSON.stringify({ ...report, notified }, null, 2) : text);
  return exitCodeOf(report.outcome, options['as-job']);
}

async function main(): Promise<number> {
  const request = await readRequest().catch((error: unknown) => {
    console.error(messageOf(error));
    return 'unusable' as const;
  });
  if (request === 'unusable') return retrainExitCodes.usage;
  if (request !== undefined) return run(request.options, request.config);
  console.log(usage);
  return 0;
}

try {
  // Threads that are still at work, on what was given up, must not hold up the end.
  process.exit(await main());
} catch (error) {
  console.error(messageOf(error));
  process.exit(retrainExitCodes.failed);
}
