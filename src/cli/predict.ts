import { parseArgs } from 'node:util';
import type { PredictOptions } from '../client/predict-options.ts';
import { messageOf } from '../common/errors.ts';
import { createProgress } from '../common/progress.ts';
import { parsePredictQuery } from '../serving/predict/predict-query.ts';
import {
  answerFiles,
  answerHere,
  answerThere,
  csvFormat,
  jsonFormat,
  textFormat,
  type AnsweredFile,
  type AnswerFormat,
  photoFiles,
} from './answer-files.ts';

/** The command cannot be understood; the message says how to give it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Whether a command was given wrongly rather than failed: ours, and what `parseArgs` throws. */
export function isUsageError(error: unknown): boolean {
  if (error instanceof UsageError) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_PARSE_ARGS');
}

const usage = `Usage: npx face-age predict FILE|FOLDER … [options]
Says how old the faces in photos look. Each photo should be one face that fills it (see --crop). No server is needed.

  --url URL           ask a running service instead of loading the model here
  --model VERSION     a version, an alias or a version's folder (default: what MODEL_ALIAS stands for)
  --at-least 18,21    say whether the person is at least so old: yes, no or uncertain
  --confidence 0.95   how sure a yes or a no must be
  --buckets 0-17,18-120   other age ranges
  --crop x,y,w,h      the part of each photo that holds the face, in pixels or fractions
  --margin 0.2        widens it on each side
  --json              a JSON document for each photo, one a line
  --csv               a table with a header
  --api-key KEY       for --url, where the service wants one

Exit status: 0 every photo was answered, 1 some were not, 2 the command cannot be understood.
Examples:
  npx face-age predict photo.jpg --at-least 18
  npx face-age predict photos/ --csv > ages.csv
  npx face-age predict photos/ --json | jq .prediction.age.mean`;

const options = {
  url: { type: 'string' },
  model: { type: 'string' },
  'at-least': { type: 'string' },
  confidence: { type: 'string' },
  buckets: { type: 'string' },
  crop: { type: 'string' },
  margin: { type: 'string' },
  json: { type: 'boolean', default: false },
  csv: { type: 'boolean', default: false },
  'api-key': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

type Given = ReturnType<typeof parse>['values'];

/** `face-age predict`. */
export async function predict(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (positionals.length === 0) throw new UsageError(`Which photos?\n\n${usage}`);
  const query = queryOf(values);
  const { atLeast } = parsePredictQuery(query);
  const files = await photoFiles(positionals);
  if (files.length === 0) throw new Error(`There are no photos in ${positionals.join(', ')}.`);
  const answerer =
    values.url === undefined
      ? await answerHere(query, values.model)
      : answerThere(values.url, optionsOf(query, values.model), values['api-key']);
  return write(answerFiles(files, answerer), files.length, formatOf(values, atLeast));
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options, allowPositionals: true });
}

/** As the service's query has it. */
function queryOf(values: Given): Record<string, string> {
  const { confidence, buckets, crop, margin } = values;
  const given = { atLeast: values['at-least'], confidence, buckets, crop, margin };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** As the client has it. */
function optionsOf(query: Record<string, string>, model: string | undefined): PredictOptions {
  const { atLeast, confidence, buckets } = parsePredictQuery(query);
  const [x, y, width, height] = (query.crop ?? '').split(',').map(Number);
  return {
    atLeast,
    confidence,
    ...(model === undefined ? {} : { model }),
    ...(buckets === undefined ? {} : { buckets: buckets.map(({ min, max }) => [min, max]) }),
    ...(query.margin === undefined ? {} : { margin: Number(query.margin) }),
    ...(query.crop === 'center' ? { crop: 'center' } : {}),
    ...(height === undefined ? {} : { crop: { x: x!, y: y!, width: width!, height } }),
  };
}

function formatOf({ json, csv }: Given, thresholds: readonly number[]): AnswerFormat {
  if (json) return jsonFormat;
  return csv ? csvFormat(thresholds) : textFormat;
}

async function write(
  answers: AsyncIterable<AnsweredFile>,
  total: number,
  { header, line }: AnswerFormat,
): Promise<number> {
  // Answers on a terminal show by themselves how far it is.
  const progress = process.stdout.isTTY ? undefined : createProgress('photos');
  let failed = 0;
  let done = 0;
  const first = header();
  if (first !== undefined) console.log(first);
  try {
    for await (const answered of answers) {
      if ('error' in answered) failed += 1;
      console.log(line(answered));
      progress?.update((done += 1), total);
    }
  } finally {
    progress?.stop();
  }
  return failed === 0 ? 0 : 1;
}

/** Whoever reads the answers may stop reading. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw new Error(messageOf(error), { cause: error });
});
