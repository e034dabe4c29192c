import path from 'node:path';
import { readModelConfig } from '../src/common/config/config.ts';
import { messageOf } from '../src/common/errors.ts';
import { createProgress } from '../src/common/progress.ts';
import { evaluate } from '../src/learning/evaluation/run-evaluation.ts';
import { readOptions, usage } from '../src/learning/evaluation/evaluation-options.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env.FACES_DIR);
  if (options === undefined) {
    console.log(usage);
    return;
  }
  const out = await evaluate(options, readModelConfig(), {
    print: console.log,
    tell: console.error,
    progress: createProgress('photos'),
  });
  console.error(
    `\nThe report is ${path.join(out, 'report.html')}; beside it metrics.json and MODEL_CARD.md.`,
  );
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
