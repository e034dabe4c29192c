import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Face, FaceAnswer, Prediction } from '../../client/answers.ts';
import { FaceAgeClient } from '../../client/client.ts';
import { inOrder } from '../../client/in-order.ts';
import type { FacesOptions } from '../../client/predict-options.ts';
import { Cancellation } from '../../common/cancellation.ts';
import { readModelConfig } from '../../common/config/config.ts';
import { messageOf } from '../../common/errors.ts';
import { PhotoEstimator } from '../../inference/estimator.ts';
import { preprocess } from '../../inference/preprocess/preprocess.ts';
import { openLocalModel } from '../../registry/loading/local-model.ts';
import { parsePredictQuery, type FacesMode } from '../../serving/predict/predict-query.ts';
import { PredictService } from '../../serving/predict/predict-service.ts';

/** A photo's file, with the answer for one face or for all, or why there is none. */
export type AnsweredFile =
  | { file: string; version: number; prediction: Prediction }
  | { file: string; version: number; faces: FaceAnswer[] }
  | { file: string; error: string };

/** How answers are written: what comes before them, and one photo's lines. */
export interface AnswerFormat {
  header: () => string | undefined;
  lines: (answered: AnsweredFile) => string[];
}

const NO_FACE = 'no face';

/** For people. */
export const textFormat: AnswerFormat = {
  header: () => undefined,
  lines: (answered) => {
    if ('error' in answered) return [`${answered.file}: ${answered.error}`];
    if ('prediction' in answered) return [textLine(answered.file, answered.prediction)];
    if (answered.faces.length === 0) return [`${answered.file}: ${NO_FACE}`];
    return answered.faces.map((face) => textLine(answered.file, face));
  },
};

function textLine(file: string, { face, age, bucket, atLeast, warnings }: FaceAnswer): string {
  const { low, high, level } = age.interval;
  const parts = [
    `${file}: ${age.mean} years (${low} to ${high} with ${100 * level} %)`,
    `${bucket.label} with ${(100 * bucket.probability).toFixed(0)} %`,
    ...atLeast.map((each) => `${each.age} or older: ${each.decision}`),
    ...(face === undefined ? [] : [`face at ${boxOf(face).join(',')}`]),
    ...warnings.map((warning) => `! ${warning}`),
  ];
  return parts.join(', ');
}

function boxOf({ box }: Face): number[] {
  return [box.x, box.y, box.width, box.height];
}

/** A JSON document for each photo. */
export const jsonFormat: AnswerFormat = {
  header: () => undefined,
  lines: (answered) => [JSON.stringify(answered)],
};

/** RFC 4180, with a header and a line for each face; the columns of thresholds are those asked for. */
export const csvFormat = (thresholds: readonly number[]): AnswerFormat => {
  const columns = ['file', 'version', 'mean', 'median', 'low', 'high', 'bucket', 'probability'];
  const asked = thresholds.flatMap((age) => [`at_least_${age}`, `decision_${age}`]);
  const box = ['face_x', 'face_y', 'face_width', 'face_height'];
  const without = (file: string, error: string): string => {
    const empty = [...columns.slice(1), ...asked, 'warnings'].map(() => '');
    return csvLine([file, ...empty, error, ...box.map(() => '')]);
  };
  return {
    header: () => csvLine([...columns, ...asked, 'warnings', 'error', ...box]),
    lines: (answered) => {
      const { file } = answered;
      if ('error' in answered) return [without(file, answered.error)];
      const faces = 'faces' in answered ? answered.faces : [answered.prediction];
      if (faces.length === 0) return [without(file, NO_FACE)];
      return faces.map((face) => csvLine([file, answered.version, ...csvCells(face)]));
    },
  };
};

function csvCells({ face, age, bucket, atLeast, warnings }: FaceAnswer): (string | number)[] {
  const ages = [age.mean, age.median, age.interval.low, age.interval.high];
  const decisions = atLeast.flatMap(({ probability, decision }) => [probability, decision]);
  const best = [bucket.label, bucket.probability];
  const box = face === undefined ? ['', '', '', ''] : boxOf(face);
  return [...ages, ...best, ...decisions, warnings.join(' '), '', ...box];
}

function csvLine(cells: readonly (string | number)[]): string {
  return cells
    .map(String)
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
}

/** Faces answered in one photo, in this process. */
const MAX_FACES = 100;

/** Photos read and asked about at a time. */
const CONCURRENCY = 8;

/** Answers one photo. */
type Ask = (bytes: Buffer, file: string) => Promise<AnsweredFile>;

/** Who answers, and how it ends. */
interface Answerer {
  ask: Ask;
  close: () => Promise<void>;
}

/**
 * Answers files in their order; one that cannot be answered does not stop the others.
 * @param model version, alias or folder
 */
export async function* answerFiles(
  files: readonly string[],
  { ask, close }: Answerer,
): AsyncGenerator<AnsweredFile> {
  const answer = (file: string): Promise<AnsweredFile> =>
    readFile(file)
      .then((bytes) => ask(bytes, file))
      .catch((error: unknown) => ({ file, error: messageOf(error) }));
  try {
    yield* inOrder(files, CONCURRENCY, answer);
  } finally {
    await close();
  }
}

/** In this process, with no server: the model is loaded as the service loads it. */
export async function answerHere(
  query: Record<string, string>,
  model: string | undefined,
): Promise<Answerer> {
  const config = readModelConfig();
  const parsed = parsePredictQuery(query);
  const batching = { maxSize: CONCURRENCY, maxWaitMs: 0, queueMaxImages: CONCURRENCY };
  const local = await openLocalModel(model, config, batching);
  const { metrics } = local;
  const estimator = new PhotoEstimator({ preprocess, metrics, maxPixels: config.MAX_PIXELS });
  const borrowed = { model: local.model, release: () => undefined };
  const service = new PredictService({ borrow: () => Promise.resolve(borrowed) }, estimator, {
    faces: 'largest',
    maxFaces: MAX_FACES,
  });
  // Nothing aborts it; an AbortSignal would warn of the listeners of many photos at a time.
  const signal = new Cancellation();
  const ask: Ask = async (bytes, file) => {
    const scope = { requestId: randomUUID(), signal, deadlineAtMs: Infinity };
    const answer = await service.predict({ photos: [{ bytes }], query: parsed, ...scope });
    const [prediction] = answer.predictions;
    // A lone photo that cannot be answered is an error of the whole request.
    if (prediction === undefined || 'error' in prediction) throw new Error('no prediction');
    const { version } = answer.model;
    if ('faces' in prediction) return { file, version, faces: prediction.faces };
    return { file, version, prediction };
  };
  return { ask, close: local.close };
}

/** The options of the client, with all faces as a further choice. */
export interface ServiceOptions extends FacesOptions {
  faces?: FacesMode | undefined;
}

/** By a service. */
export function answerThere(
  url: string,
  { faces, ...options }: ServiceOptions,
  apiKey?: string,
): Answerer {
  const client = new FaceAgeClient(url, apiKey === undefined ? {} : { apiKey });
  const ask: Ask = async (bytes, file) => {
    if (faces === 'all') {
      const { faces: found, model } = await client.predictFaces(bytes, options);
      return { file, version: model.version, faces: found };
    }
    const one = faces === undefined ? options : { ...options, faces };
    const { prediction, model } = await client.predict(bytes, one);
    return { file, version: model.version, prediction };
  };
  return { ask, close: () => Promise.resolve() };
}
