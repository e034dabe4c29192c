import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { drawFaceJpeg } from '../../../src/drawing/draw-face.ts';
import { messageOf } from '../../../src/common/errors.ts';
import { parseMetricsFile } from '../../../src/learning/evaluation/metrics-file.ts';
import { startCommand } from '../../support/command.ts';
import { createWorkplace, trainingArguments, type Workplace } from './workplace.ts';

const COUNTS = { train: 640, val: 160 };
/** Mean absolute error of the best constant guess, 45 years, on ages distributed evenly over 0 … 90. */
const CONSTANT_GUESS_MAE_YEARS = 22.5;
/** The limit for drawn faces; an untrained network cannot reach it. */
const MAX_MAE_YEARS = 12;
/** Drawn for each age that is asked for. */
const PEOPLE = 12;
const AGES = [8, 35, 75] as const;

const answerSchema = z.object({
  predictions: z.array(z.object({ age: z.object({ median: z.number() }) })).length(PEOPLE),
});

async function train(workplace: Workplace): Promise<string> {
  const more = ['--alias', 'production', '--license', 'drawn faces: none needed'];
  const command = startCommand('scripts/train.ts', trainingArguments(workplace, { more }));
  const [, loss] = await command.until(/loss ([\d.]+)/);
  await command.done();
  const last = command
    .output()
    .match(/loss [\d.]+ {2}validation MAE [\d.]+/g)!
    .at(-1)!;
  return `first loss ${loss}, last ${last}`;
}

/** @throws Error if the network has not learned */
async function evaluate({ data, models, at }: Workplace): Promise<string> {
  const env = { MODEL_REGISTRY: models };
  const out = at('evaluation');
  await startCommand('scripts/evaluate.ts', ['--data', data, '--out', out], env).done();
  const { all } = parseMetricsFile(await readFile(path.join(out, 'metrics.json'), 'utf8'));
  const { mae } = all!;
  const text = `MAE ${mae.toFixed(2)} years, ${CONSTANT_GUESS_MAE_YEARS} for a constant guess`;
  if (mae > MAX_MAE_YEARS) throw new Error(`the network has not learned: ${text}`);
  return text;
}

/** @throws Error if the predicted ages do not increase with the drawn ages */
async function serve({ models }: Workplace): Promise<string> {
  const env = { MODEL_REGISTRY: models, HOST: '127.0.0.1', PORT: '0' };
  const service = startCommand('src/main.ts', [], env);
  try {
    const [, address] = await service.until(/"address":"([^"]+)"/);
    await untilReady(address!);
    const answered: number[] = [];
    for (const age of AGES) answered.push(await askAge(address!, age));
    const text = AGES.map((age, index) => `${age} → ${answered[index]!.toFixed(0)}`).join(', ');
    if (answered.some((age, index) => index > 0 && age <= answered[index - 1]!))
      throw new Error(`the predictions do not increase with the drawn ages: ${text}`);
    return `drawn age → prediction: ${text}`;
  } finally {
    service.child.kill('SIGTERM');
    await service.done();
  }
}

async function untilReady(address: string): Promise<void> {
  while ((await fetch(`${address}/readyz`)).status !== 200) await setTimeout(50);
}

/** The mean over several people, because so small a network is off by years for each of them. */
async function askAge(address: string, age: number): Promise<number> {
  const form = new FormData();
  for (let person = 0; person < PEOPLE; person += 1) {
    const face = drawFaceJpeg({ age, seed: 4_000_000 + 100 * age + person });
    form.append('image', new Blob([new Uint8Array(face)]), `${person}.jpg`);
  }
  const response = await fetch(`${address}/v1/predict`, { method: 'POST', body: form });
  const { predictions } = answerSchema.parse(await response.json());
  return predictions.reduce((sum, each) => sum + each.age.median, 0) / predictions.length;
}

async function step(name: string, work: () => Promise<string>): Promise<void> {
  const startMs = performance.now();
  const text = await work();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  console.log(`${name.padEnd(9)} ${seconds.padStart(4)} s  ${text}`);
}

async function main(): Promise<void> {
  const startMs = performance.now();
  const workplace = await createWorkplace(COUNTS);
  try {
    console.log(`${COUNTS.train} drawn faces to train on, ${COUNTS.val} to evaluate on`);
    await step('train', () => train(workplace));
    await step('evaluate', () => evaluate(workplace));
    await step('serve', () => serve(workplace));
    console.log(`all in ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
  } finally {
    await workplace.remove();
  }
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
