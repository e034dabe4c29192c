import { join } from 'node:path';
import { messageOf } from '../src/common/errors.ts';
import { figuresTable } from '../src/learning/evaluation/text-table.ts';
import { FileRegistry } from '../src/registry/file-registry.ts';
import { promote } from '../src/registry/promotion.ts';
import type { Alias } from '../src/registry/registry.ts';
import type { FeedbackFigures } from '../src/learning/training/publication/feedback-figures.ts';
import { whoRuns } from '../src/cli/registry-command.ts';
import { train } from '../src/learning/training/train.ts';
import { readWish, usage, type TrainingWish } from '../src/learning/training/train-options.ts';

async function main(): Promise<void> {
  const wish = readWish(process.argv.slice(2), process.env.FACES_DIR, process.env.GATE_SET);
  if (wish === undefined) {
    console.log(usage);
    return;
  }
  const written = await train(wish, stopOnInterrupt());
  if (written === undefined) return;
  const { version, figures, feedback } = written;
  console.log(figuresTable(figures));
  if (feedback !== undefined) console.log(tellFeedback(feedback));
  if (wish.alias !== undefined) await pointAlias(wish, wish.alias, version);
  console.log(`wrote ${join(wish.models, wish.name, String(version))}`);
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
  { models, name }: TrainingWish,
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
