import path from 'node:path';
import type { ModelConfig } from '../../common/config/config.ts';
import type { Progress } from '../../common/progress.ts';
import type { OneFaceMode } from '../../inference/estimator.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { summarizeDataset } from '../dataset/dataset-summary.ts';
import { readDataset, type DatasetOptions } from '../dataset/read-dataset.ts';
import type { AnsweredPhoto, PhotoToEvaluate, SkippedPhoto } from './evaluated-photo.ts';
import { openArtifactEvaluator, type Evaluator, openServiceEvaluator } from './evaluators.ts';
import { readGroupNames } from './groups.ts';
import { measure } from './measure.ts';
import type { MetricsFile } from './metrics-file.ts';
import { prepareResultFolder, writeResults, resultFiles, worstPhotos } from './result-files.ts';
import { photosOfSplit, toEvaluate } from './split-photos.ts';

/** Which model to evaluate, on which photos, and where the results are written. */
export interface EvaluationOptions extends Pick<
  DatasetOptions,
  'data' | 'cache' | 'valShare' | 'groups'
> {
  /** The photos to evaluate on, or `all`. */
  split: string;
  /** A version, an alias, or a version's folder; by default what the configured alias points to. */
  model?: string | undefined;
  /** The setting ENGINE by default. */
  engine?: ModelConfig['ENGINE'] | undefined;
  /** The setting PRECISION by default. */
  precision?: ModelConfig['PRECISION'] | undefined;
  /** Whether to find the face in each photo; by default as the service does. */
  faces?: OneFaceMode | undefined;
  /** A running service to query over HTTP instead of loading the model. */
  url?: string | undefined;
  /** The folder for the results, `evaluation/<name>-<version>-<split>` by default. */
  out?: string | undefined;
  /** How many of the photos with the largest errors the report embeds. */
  photos: number;
}

/** What an evaluation reports while it runs. */
export interface EvaluationReporter {
  log(text: string): void;
  progress: Progress;
}

/** What an evaluation found, and the folder of its files. */
export interface Evaluation {
  metrics: MetricsFile;
  out: string;
}

/** All photos that are not answered are counted; this many are named. */
const NAMED_PHOTOS = 20;

/**
 * Evaluates a model on labeled photos and writes the results into a folder.
 * @throws Error whose message says what to do: no such version, no photo in the split, a folder that cannot be written
 */
export async function evaluate(
  options: EvaluationOptions,
  config: ModelConfig,
  reporter: EvaluationReporter,
): Promise<Evaluation> {
  const dataset = await readDataset(options);
  reporter.log(summarizeDataset(dataset, { listSkipped: false }));
  const labeled = photosOfSplit(dataset, options.split).map((photo) => toEvaluate(dataset, photo));
  const evaluator = await openEvaluator(options, config);
  try {
    const { name, version } = evaluator.model;
    const form = evaluator.precision === 'fp32' ? '' : `-${evaluator.precision}`;
    const out =
      options.out ?? path.join('evaluation', `${name}-${version}-${options.split}${form}`);
    await prepareResultFolder(out);
    reporter.log(`${name} ${version} (${evaluator.description}) on ${labeled.length} photos`);
    const { answered, skipped } = await collect(evaluator, { dataset, labeled }, reporter);
    const metrics = await measureAll(
      evaluator,
      { dataset, split: options.split },
      answered,
      skipped,
    );
    const photos = await worstPhotos(answered, options.photos);
    await writeResults(out, await resultFiles(evaluator.model, metrics, photos));
    return { metrics, out };
  } finally {
    await evaluator.close();
  }
}

async function openEvaluator(options: EvaluationOptions, config: ModelConfig): Promise<Evaluator> {
  const { url, model, faces, engine = config.ENGINE, precision = config.PRECISION } = options;
  if (url !== undefined) return openServiceEvaluator(url, faces);
  return openArtifactEvaluator(model, { ...config, ENGINE: engine, PRECISION: precision }, faces);
}

async function collect(
  evaluator: Evaluator,
  { dataset, labeled }: { dataset: Dataset; labeled: readonly PhotoToEvaluate[] },
  reporter: EvaluationReporter,
) {
  const answered: AnsweredPhoto[] = [];
  const skipped: SkippedPhoto[] = dataset.unreadable.map(({ key, reason }) => ({
    file: key,
    kind: 'unreadable',
    reason,
  }));
  let done = 0;
  const advance = () => reporter.progress.update(++done, labeled.length);
  try {
    const answers = evaluator.answers(labeled, (photo) => {
      skipped.push(photo);
      advance();
    });
    for await (const photo of answers) {
      answered.push(photo);
      advance();
    }
  } finally {
    reporter.progress.stop();
  }
  for (const kind of ['unreadable', 'no_face'] as const) {
    const photos = skipped.filter((photo) => photo.kind === kind);
    if (photos.length > 0) reporter.log(skippedText(kind, photos));
  }
  if (answered.length === 0) {
    throw new Error('No photo could be answered, so there is nothing to evaluate.');
  }
  return { answered, skipped };
}

const notAnswered: Record<SkippedPhoto['kind'], string> = {
  unreadable: 'photos could not be read and are left out of every figure:',
  no_face: 'photos show no face that was found and are left out of every figure:',
};

function skippedText(kind: SkippedPhoto['kind'], photos: readonly SkippedPhoto[]): string {
  const named = photos.slice(0, NAMED_PHOTOS);
  const more = photos.length - named.length;
  return [
    `${photos.length} ${notAnswered[kind]}`,
    ...named.map(({ file, reason }) => `  ${file}${kind === 'no_face' ? '' : `: ${reason}`}`),
    ...(more === 0 ? [] : [`  and ${more} more`]),
  ].join('\n');
}

async function measureAll(
  { model, engine, precision, facts, faces }: Evaluator,
  { dataset, split }: { dataset: Dataset; split: string },
  answered: readonly AnsweredPhoto[],
  skipped: readonly SkippedPhoto[],
): Promise<MetricsFile> {
  const { name, version, architecture, head, buckets } = model;
  return measure(answered, {
    createdAt: new Date().toISOString(),
    model: {
      name,
      version,
      architecture,
      head: head.kind,
      engine: engine.name,
      device: engine.device,
      precision,
      size: facts.size,
      faces: faces ?? (answered.some(({ face }) => face !== undefined) ? 'largest' : 'none'),
    },
    dataset: {
      name: path.basename(dataset.location),
      split,
      unreadable: skipped.filter(({ kind }) => kind === 'unreadable').length,
      noFace: skipped.filter(({ kind }) => kind === 'no_face').length,
    },
    buckets,
    groupNames: await readGroupNames(dataset, answered),
    history: facts.history,
  });
}
