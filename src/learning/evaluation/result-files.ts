import { constants } from 'node:fs';
import { access, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../common/errors.ts';
import { thumbnailJpeg } from '../../inference/preprocess/sharp-image.ts';
import { yearsOutside } from '../dataset/age-range.ts';
import type { DescribedModel } from './described-model.ts';
import type { AnsweredPhoto } from './evaluated-photo.ts';
import type { MetricsFile } from './metrics-file.ts';
import { modelCard } from './card/model-card.ts';
import { type ShownPhoto, evaluationReport } from './report/report.ts';

const THUMBNAIL_PIXELS = 160;

/** Returns thumbnails of the photos with the largest errors, worst first. */
export async function worstPhotos(
  answered: readonly AnsweredPhoto[],
  count: number,
): Promise<ShownPhoto[]> {
  const errorOf = ({ age, estimate }: AnsweredPhoto) => yearsOutside(age, estimate.mean);
  const worst = answered.toSorted((a, b) => errorOf(b) - errorOf(a)).slice(0, count);
  return Promise.all(
    worst.map(async ({ read, age, estimate }) => ({
      jpeg: await thumbnailJpeg(await read(), THUMBNAIL_PIXELS),
      age,
      predicted: estimate.mean,
    })),
  );
}

/** Results cannot be written to the folder; the message says why and what to do. */
export class ResultFolderError extends Error {
  override readonly name = 'ResultFolderError';
}

/**
 * Creates the folder for the results. Call this before the evaluation, so that a problem is found early.
 * @throws ResultFolderError if the folder is not writable or belongs to a version, which is immutable.
 */
export async function prepareResultFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new ResultFolderError(
      `Results cannot be written to ${folder}: ${messageOf(error)}. Choose another folder with --out.`,
      { cause: error },
    );
  }
  const isVersion = await stat(path.join(folder, 'manifest.json')).then(
    () => true,
    () => false,
  );
  if (isVersion) {
    throw new ResultFolderError(
      `${folder} is a version of a model, and versions are immutable. Choose another folder with --out.`,
    );
  }
}

/** Writes the files, replacing those of an earlier evaluation. */
export async function writeResults(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<void> {
  for (const [name, content] of files) await writeFile(path.join(folder, name), content);
}

const resultNames = ['metrics.json', 'report.html', 'MODEL_CARD.md'] as const;

/** Whether an evaluation writes a file with this name. */
export function isResultFile(name: string): boolean {
  return resultNames.some((each) => each === name);
}

/** Creates the result files by name: metrics for machines, a report for people, and the model card. */
export async function resultFiles(
  model: DescribedModel,
  metrics: MetricsFile,
  photos: readonly ShownPhoto[] = [],
): Promise<Map<string, Uint8Array>> {
  const contents: Record<(typeof resultNames)[number], string> = {
    'metrics.json': `${JSON.stringify(metrics, null, 2)}\n`,
    'report.html': await evaluationReport(model, metrics, photos),
    'MODEL_CARD.md': modelCard(model, metrics),
  };
  return new Map(resultNames.map((name) => [name, Buffer.from(contents[name])]));
}
