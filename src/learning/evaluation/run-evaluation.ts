import path from 'node:path';
import type { Config } from '../../common/config/config.ts';
import type { Progress } from '../../common/progress.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { readDataset } from '../dataset/read-dataset.ts';
import type { AnsweredPhoto, PhotoToJudge, UnreadablePhoto } from './evaluated-photo.ts';
import type { EvaluationWish } from './evaluation-options.ts';
import { openArtifactJudge, type Judge, openServiceJudge } from './evaluators.ts';
import { readGroupNames } from './groups.ts';
import { measure } from './measure.ts';
import type { MetricsFile } from './metrics-file.ts';
import { prepareResultFolder, writeResults, resultFiles, worstPhotos } from './result-files.ts';
import { photosOfSplit, toJudge } from './split-photos.ts';
import { figuresTable } from './text-table.ts';

/** Where an evaluation tells of itself. */
export interface Told {
  /** The figures. */
  print(text: string): void;
  /** What goes on. */
  tell(text: string): void;
  progress: Progress;
}

/** Unreadable photos are all counted; so many are named. */
const NAMED_UNREADABLE = 20;

/**
 * Judges a model on labelled photos, writes the results into a folder and prints the figures.
 * @returns the results' folder.
 * @throws Error whose message says what to do: no such version, no photo in the split, no place for results, …
 */
export async function evaluate(wish: EvaluationWish, config: Config, told: Told): Promise<string> {
  const dataset = await readDataset(wish);
  const labelled = photosOfSplit(dataset, wish.split).map((photo) => toJudge(dataset, photo));
  const judge = await openJudge(wish, config);
  try {
    const { name, version } = judge.model;
    const form = judge.precision === 'fp32' ? '' : `-${judge.precision}`;
    const out = wish.out ?? path.join('evaluation', `${name}-${version}-${wish.split}${form}`);
    await prepareResultFolder(out);
    told.tell(`${name} ${version} (${judge.description}) on ${labelled.length} photos`);
    const { answered, unreadable } = await collect(judge, { dataset, labelled }, told);
    const metrics = await measureAll(judge, { dataset, split: wish.split }, answered, unreadable);
    const photos = await worstPhotos(answered, wish.photos);
    await writeResults(out, await resultFiles(judge.model, metrics, photos));
    told.print(wish.json ? JSON.stringify(metrics, null, 2) : figuresTable(metrics));
    return out;
  } finally {
    await judge.close();
  }
}

async function openJudge(wish: EvaluationWish, config: Config): Promise<Judge> {
  const { url, model, engine = config.ENGINE, precision = config.PRECISION } = wish;
  if (url !== undefined) return openServiceJudge(url);
  return openArtifactJudge(model, { ...config, ENGINE: engine, PRECISION: precision });
}

async function collect(
  judge: Judge,
  { dataset, labelled }: { dataset: Dataset; labelled: readonly PhotoToJudge[] },
  told: Told,
) {
  const answered: AnsweredPhoto[] = [];
  const unreadable: UnreadablePhoto[] = dataset.unreadable.map(({ key, reason }) => ({
    file: key,
    reason,
  }));
  let done = 0;
  const advance = () => told.progress.update(++done, labelled.length);
  try {
    const answers = judge.answers(labelled, (photo) => {
      unreadable.push(photo);
      advance();
    });
    for await (const photo of answers) {
      answered.push(photo);
      advance();
    }
  } finally {
    told.progress.stop();
  }
  if (unreadable.length > 0) told.tell(tellUnreadable(unreadable));
  if (answered.length === 0) {
    throw new Error('No photo could be read, so there is nothing to judge.');
  }
  return { answered, unreadable };
}

function tellUnreadable(unreadable: readonly UnreadablePhoto[]): string {
  const named = unreadable.slice(0, NAMED_UNREADABLE);
  const more = unreadable.length - named.length;
  return [
    `${unreadable.length} photos could not be read and count in no figure:`,
    ...named.map(({ file, reason }) => `  ${file}: ${reason}`),
    ...(more === 0 ? [] : [`  and ${more} more`]),
  ].join('\n');
}

async function measureAll(
  { model, engine, precision, facts }: Judge,
  { dataset, split }: { dataset: Dataset; split: string },
  answered: readonly AnsweredPhoto[],
  unreadable: readonly UnreadablePhoto[],
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
    },
    dataset: { name: path.basename(dataset.location), split, unreadable: unreadable.length },
    buckets,
    groupNames: await readGroupNames(dataset, answered),
    history: facts.history,
  });
}
