import { join } from 'node:path';
import { messageOf } from '../src/errors.ts';
import { figuresTable } from '../src/evaluation/text-table.ts';
import { pointAlias } from './training/alias.ts';
import { train } from './training/training.ts';
import { readWish, usage } from './training/wish.ts';

async function main(): Promise<void> {
  const wish = readWish(process.argv.slice(2), process.env.FACES_DIR);
  if (wish === undefined) {
    console.log(usage);
    return;
  }
  const written = await train(wish, stopOnInterrupt());
  if (written === undefined) return;
  const { version, figures } = written;
  console.log(figuresTable(figures));
  if (wish.alias !== undefined) await pointAlias(wish, wish.alias, version);
  console.log(`wrote ${join(wish.models, wish.name, String(version))}`);
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
