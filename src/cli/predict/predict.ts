import { createProgress } from '../../common/progress.ts';
import { parsePredictQuery } from '../../serving/predict/predict-query.ts';
import {
  answerFiles,
  answerHere,
  answerThere,
  csvFormat,
  jsonFormat,
  textFormat,
  type AnsweredFile,
  type ServiceOptions,
  type AnswerFormat,
} from './answer-files.ts';
import { photoFiles } from './photo-files.ts';

/** What `face-age predict` is asked for; the texts are as in the query of the service. */
export interface PredictRequest {
  url?: string;
  model?: string;
  atLeast?: string;
  confidence?: string;
  buckets?: string;
  faces?: string;
  crop?: string;
  margin?: string;
  /** One JSON document per line; it takes precedence over `csv`. */
  json: boolean;
  csv: boolean;
  apiKey?: string;
}

/**
 * Prints the answer for each photo.
 * @param paths photos, and folders of photos
 * @returns the exit status: 0 where every photo was answered, else 1
 * @throws ServiceError where the request is not valid; Error where there are no photos
 */
export async function predict(paths: readonly string[], request: PredictRequest): Promise<number> {
  const query = queryOf(request);
  const { atLeast } = parsePredictQuery(query);
  const { files, leftOut } = await photoFiles(paths);
  for (const line of leftOut) console.error(line);
  if (files.length === 0) throw new Error(`There are no photos in ${paths.join(', ')}.`);
  const answerer =
    request.url === undefined
      ? await answerHere(query, request.model)
      : answerThere(request.url, optionsOf(query, request.model), request.apiKey);
  return write(answerFiles(files, answerer), files.length, formatOf(request, atLeast));
}

/** The query of the service. */
function queryOf(request: PredictRequest): Record<string, string> {
  const { atLeast, confidence, buckets, faces, crop, margin } = request;
  const given = { atLeast, confidence, buckets, faces, crop, margin };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The options of the client. */
function optionsOf(query: Record<string, string>, model: string | undefined): ServiceOptions {
  const { atLeast, confidence, buckets, faces } = parsePredictQuery(query);
  const [x, y, width, height] = (query.crop ?? '').split(',').map(Number);
  return {
    atLeast,
    confidence,
    faces,
    ...(model === undefined ? {} : { model }),
    ...(buckets === undefined ? {} : { buckets: buckets.map(({ min, max }) => [min, max]) }),
    ...(query.margin === undefined ? {} : { margin: Number(query.margin) }),
    ...(query.crop === 'center' ? { crop: 'center' as const } : {}),
    ...(height === undefined ? {} : { crop: { x: x!, y: y!, width: width!, height } }),
  };
}

function formatOf({ json, csv }: PredictRequest, thresholds: readonly number[]): AnswerFormat {
  if (json) return jsonFormat;
  return csv ? csvFormat(thresholds) : textFormat;
}

async function write(
  answers: AsyncIterable<AnsweredFile>,
  total: number,
  { header, lines }: AnswerFormat,
): Promise<number> {
  // On a terminal, the answers themselves show the progress.
  const progress = process.stdout.isTTY ? undefined : createProgress('photos');
  let failed = 0;
  let done = 0;
  const first = header();
  if (first !== undefined) console.log(first);
  try {
    for await (const answered of answers) {
      if ('error' in answered) failed += 1;
      for (const line of lines(answered)) console.log(line);
      progress?.update((done += 1), total);
    }
  } finally {
    progress?.stop();
  }
  return failed === 0 ? 0 : 1;
}
