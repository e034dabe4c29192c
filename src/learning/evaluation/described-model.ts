import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Int8Form, Manifest } from '../../registry/manifest.ts';
import { networkSizeOf, type NetworkSize } from '../onnx/network-size.ts';
import { parseMetricsFile, type TrainingEpoch } from './metrics-file.ts';

/** What is known of a version apart from its files and golden samples: before it is written, or as a service tells it. */
export type DescribedModel = Omit<Manifest, 'files' | 'golden' | 'int8'> & {
  int8?: Omit<Int8Form, 'golden'> | undefined;
};

/** What a version's files tell beyond its manifest. */
export interface ArtifactFacts {
  /** Null where the version has no `model.json`, or one that this build cannot read. */
  size: NetworkSize | null;
  /** Empty where the version's metrics.json has no training history. */
  history: readonly TrainingEpoch[];
}

/** @param directory the version's folder. */
export async function readArtifactFacts(directory: string): Promise<ArtifactFacts> {
  const read = (file: string) => readFile(path.join(directory, file), 'utf8');
  const [size, history] = await Promise.all([
    read('model.json').then(networkSizeOf, () => null),
    read('metrics.json')
      .then((text) => parseMetricsFile(text).history)
      .catch(() => []),
  ]);
  return { size, history };
}
