import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ownValue } from '../../common/own-value.ts';
import type { Int8Form, Manifest } from '../../registry/manifest.ts';
import { networkSizeOf, type NetworkSize } from '../onnx/network-size.ts';
import { parseMetricsFile, type MetricsFile, type TrainingEpoch } from './metrics-file.ts';

/** The manifest of a version without its files and golden samples, as known before publication or from a service. */
export type DescribedModel = Omit<Manifest, 'files' | 'golden' | 'int8' | 'fp16'> & {
  int8?: Omit<Int8Form, 'golden'> | undefined;
};

/** Information from the files of a version beyond its manifest. */
export interface ArtifactFacts {
  /** Null if the version has no `model.json`, or one that this build cannot read. */
  size: NetworkSize | null;
  /** Empty if the metrics.json of the version has no training history. */
  history: readonly TrainingEpoch[];
}

/** @param directory the version's folder. */
export async function readArtifactFacts(directory: string): Promise<ArtifactFacts> {
  const read = (file: string) => readFile(path.join(directory, file), 'utf8');
  const [size, history] = await Promise.all([
    read('model.json').then(networkSizeOf, () => null),
    read('metrics.json')
      .then((json) => parseMetricsFile(json).history)
      .catch(() => []),
  ]);
  return { size, history };
}

/** Explains in a sentence whether the evaluation photos were also used to build the model. */
export function splitRole(
  { dataset, calibratedOn }: DescribedModel,
  evaluated: MetricsFile['dataset'],
): string {
  const known = [calibratedOn, dataset].find((each) => each?.name === evaluated.name);
  const role = known && ownValue(known.splits, evaluated.split);
  return role === undefined
    ? 'According to the manifest, these photos were not used to build the model.'
    : `These photos were also used to build this model (${role}): expect somewhat worse metrics on other photos.`;
}
