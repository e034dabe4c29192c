import { join } from 'node:path';
import { messageOf } from '../src/common/errors.ts';
import { figuresTable } from '../src/learning/evaluation/text-table.ts';
import { FileRegistry } from '../src/registry/file-registry.ts';
import { promote } from '../src/registry/promotion.ts';
import type { Alias } from '../src/registry/registry.ts';
import type { FeedbackFigures } from '../src/learning/training/publication/feedback-figures.ts';
import { train } from '../src/learning/training/train.ts';
import {
  readOptions,
  usage,
  type TrainingOptions,
} from '../src/learning/training/train-options.ts';
import { whoRuns } from '../src/registry/registry-settings.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env.FACES_DIR, process.env.GATE_SET);
  if (options === undefined) {
    console.log(usage);
    return;
  }
  const written = await train(options, stopOnInterrupt(), (line) => console.log(line));
  if (written === undefined) return;
  const { version, figures, feedback } = written;
  console.log(figuresTable(figures));
  if (feedback !== undefined) console.log(tellFeedback(feedback));
  if (options.alias !== undefined) await pointAlias(options, options.alias, version);
  console.log(`wrote ${join(options.models, options.name, String(version))}`);
}

function tellFeedback(figures: FeedbackFigures): string {
  const { feedbackPhotos, feedbackMae, feedbackBias, feedbackCs5 } = figures;
  const bias = `${feedbackBias < 0 ? '−' : '+'}${Math.abs(feedbackBias).toFixed(2)}`;
  return (
    `feedback that was not trained on: ${feedbackPhotos} photos, MAE ${feedbackMae.toFixed(2)} years, ` +
    `bias ${bias}, within five years ${feedbackCs5.toFixed(3)}`
  );
}

function pointAlias(
  { models, name }: TrainingOptions,
  alias: string,
  version: number,
): Promise<Alias> {
  const move = { model: name, alias, by: whoRuns(), reason: 'trained' };
  return promote(new FileRegistry(models), version, move);
}

/** The first Ctrl-C ends the run with a checkpoint, the second one at once. */
function stopOnInterrupt(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
