import path from 'node:path';
import type { Dataset, DatasetPhoto } from '../../dataset/dataset.ts';
import { summarizeDataset } from '../../dataset/dataset-summary.ts';
import { readDataset, type DatasetOptions } from '../../dataset/read-dataset.ts';

/** Labeled photos to train on. */
export interface TrainingSource {
  /** A folder or `s3://bucket/prefix`. */
  data: string;
  /** How much each of its photos counts relative to those of the other sources. */
  weight: number;
  /** What its photos may be used for; undefined if that is not known. */
  license?: string | undefined;
}

/** An opened source. */
export interface OpenSource extends Pick<TrainingSource, 'weight' | 'license'> {
  /** Differs from those of the other sources. */
  name: string;
  dataset: Dataset;
}

/**
 * Opens the sources one after another and logs a summary of each.
 * @param onProgress receives the progress of caching photos, over all sources that were opened so far
 */
export async function openSources(
  sources: readonly TrainingSource[],
  options: Omit<DatasetOptions, 'data'>,
  { log, onProgress }: SourcesReporter,
): Promise<OpenSource[]> {
  const opened: OpenSource[] = [];
  for (const { data, weight, license } of sources) {
    const dataset = await readDataset({ ...options, data }, onProgress);
    log(summarizeDataset(dataset));
    opened.push({ name: nameOf(data, opened), weight, license, dataset });
  }
  return opened;
}

export interface SourcesReporter {
  log: (text: string) => void;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** The last part of the location, with a number behind it if another source has that name. */
function nameOf(data: string, others: readonly { name: string }[]): string {
  const name = path.basename(data) || data;
  const taken = new Set(others.map((other) => other.name));
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}-${number}`)) number++;
  return `${name}-${number}`;
}

/** Photos that carry the name of their source, where there are several. */
export function withSource(
  photos: readonly DatasetPhoto[],
  { name }: Pick<OpenSource, 'name'>,
  sources: readonly OpenSource[],
): readonly DatasetPhoto[] {
  return sources.length === 1 ? photos : photos.map((photo) => ({ ...photo, source: name }));
}
