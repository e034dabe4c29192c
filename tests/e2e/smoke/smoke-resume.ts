import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { messageOf } from '../../../src/common/errors.ts';
import { startCommand } from '../../support/command.ts';
import { createWorkplace, trainingArguments, type Workplace } from './workplace.ts';

const usage = `Usage: npx tsx tests/e2e/smoke/smoke-resume.ts [--seeds 3] [--photos 640]
Trains on drawn faces with several seeds, each once without interruption and once killed (kill -9) in the middle of
an epoch and resumed, and compares the final metrics.`;

/** The run is killed in the epoch after this one. */
const EPOCH_BEFORE_KILL = 5;

interface Ending {
  loss: number;
  validationMae: number;
}

async function uninterrupted(workplace: Workplace, seed: number): Promise<Ending> {
  const command = trainer(workplace, seed, 'whole');
  await command.done();
  return endingOf(command.output());
}

/** On a busy machine, the kill may come too late for the epoch. */
const ATTEMPTS = 3;

/** Kills the run half an epoch after the report of an epoch, then resumes from its checkpoint. */
async function killed(workplace: Workplace, seed: number, attempt = 1): Promise<Ending> {
  const name = `killed-${attempt}`;
  const first = trainer(workplace, seed, name);
  const reported = new RegExp(`^epoch ${EPOCH_BEFORE_KILL}/.* ([\\d.]+) s,`, 'm');
  const [, seconds] = await first.until(reported);
  await setTimeout(Number(seconds) * 500);
  first.child.kill('SIGKILL');
  await first.done().catch(() => undefined);
  const next = `epoch ${EPOCH_BEFORE_KILL + 1}/`;
  if (first.output().includes(next)) {
    if (attempt < ATTEMPTS) return killed(workplace, seed, attempt + 1);
    throw new Error('the run was killed too late, not within the epoch');
  }
  const rest = trainer(workplace, seed, name, ['--resume']);
  await rest.done();
  if (!rest.output().includes(next))
    throw new Error(`the resumed run did not continue with ${next}`);
  return endingOf(rest.output());
}

function trainer(workplace: Workplace, seed: number, kind: string, resume: string[] = []) {
  const checkpoint = `${kind}-${seed}.checkpoint`;
  const more = ['--seed', String(seed), '--tuning', '--checkpoint-every', '1', ...resume];
  return startCommand('scripts/train.ts', trainingArguments(workplace, { checkpoint, more }));
}

function endingOf(output: string): Ending {
  const [, loss, mae] = [...output.matchAll(/loss ([\d.]+) {2}validation MAE ([\d.]+)/g)].at(-1)!;
  return { loss: Number(loss), validationMae: Number(mae) };
}

function differencesOf(pairs: readonly { whole: Ending; resumed: Ending }[], what: keyof Ending) {
  const wholes = pairs.map(({ whole }) => whole[what]);
  const spread = Math.max(...wholes) - Math.min(...wholes);
  const largest = Math.max(
    ...pairs.map(({ whole, resumed }) => Math.abs(whole[what] - resumed[what])),
  );
  return { spread, largest };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '3' },
      photos: { type: 'string', default: '640' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const photos = Number(values.photos);
  const workplace = await createWorkplace({ train: photos, val: Math.ceil(photos / 4) });
  try {
    await compare(workplace, Number(values.seeds));
  } finally {
    await workplace.remove();
  }
}

/** @throws Error if a resumed run differs more from its uninterrupted twin than the seeds differ */
async function compare(workplace: Workplace, seeds: number): Promise<void> {
  const pairs = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const whole = await uninterrupted(workplace, seed);
    const resumed = await killed(workplace, seed);
    pairs.push({ whole, resumed });
    console.log(
      `seed ${seed}  uninterrupted ${endingText(whole)}  killed and resumed ${endingText(resumed)}`,
    );
  }
  for (const what of ['loss', 'validationMae'] as const) {
    const { spread, largest } = differencesOf(pairs, what);
    console.log(
      `${what}: resumed runs differ by at most ${largest.toFixed(3)} from their uninterrupted twins; seeds differ by ${spread.toFixed(3)}`,
    );
    if (seeds > 1 && largest > spread)
      throw new Error(`resuming changes ${what} by more than a seed does`);
  }
}

function endingText({ loss, validationMae }: Ending): string {
  return `loss ${loss.toFixed(3)}, MAE ${validationMae.toFixed(3)};`;
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
