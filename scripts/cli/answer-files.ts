import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FaceAgeClient } from '../../src/client/client.ts';
import { inOrder } from '../../src/client/in-order.ts';
import type { PredictOptions } from '../../src/client/predict-options.ts';
import { readConfig } from '../../src/common/config/config.ts';
import { messageOf } from '../../src/common/errors.ts';
import { PhotoEstimator } from '../../src/inference/estimator.ts';
import { parsePredictQuery } from '../../src/serving/predict/predict-query.ts';
import { PredictService } from '../../src/serving/predict/predict-service.ts';
import { preprocess } from '../../src/inference/preprocess/preprocess.ts';
import { openLocalModel } from '../../src/registry/loading/local-model.ts';
import type { AnsweredFile } from './answered-file.ts';

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
  const config = readConfig();
  const parsed = parsePredictQuery(query);
  const batching = { maxSize: CONCURRENCY, maxWaitMs: 0, queueMaxImages: CONCURRENCY };
  const local = await openLocalModel(model, config, batching);
  const { metrics } = local;
  const estimator = new PhotoEstimator({ preprocess, metrics, maxPixels: config.MAX_PIXELS });
  const borrowed = { model: local.model, release: () => undefined };
  const service = new PredictService({ borrow: () => Promise.resolve(borrowed) }, estimator);
  const { signal } = new AbortController();
  const ask: Ask = async (bytes, file) => {
    const scope = { requestId: randomUUID(), signal, deadlineAtMs: Infinity };
    const answer = await service.predict({ photos: [{ bytes }], query: parsed, ...scope });
    const [prediction] = answer.predictions;
    // A lone photo that cannot be answered is an error of the whole request.
    if (prediction === undefined || 'error' in prediction) throw new Error('no prediction');
    return { file, version: answer.model.version, prediction };
  };
  return { ask, close: local.close };
}

/** By a service. */
export function answerThere(url: string, options: PredictOptions, apiKey?: string): Answerer {
  const client = new FaceAgeClient(url, apiKey === undefined ? {} : { apiKey });
  const ask: Ask = async (bytes, file) => {
    const { prediction, model } = await client.predict(bytes, options);
    return { file, version: model.version, prediction };
  };
  return { ask, close: () => Promise.resolve() };
}
