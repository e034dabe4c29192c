import path from 'node:path';
import type { Manifest } from '../registry/manifest.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { LabelledPhoto } from './labels.ts';

/** What a manifest says of the photos a model was made with. */
export async function describeDataset(
  directory: string,
  labelled: readonly LabelledPhoto[],
): Promise<Manifest['dataset']> {
  const counts: Record<string, number> = {};
  for (const { split } of labelled) counts[split] = (counts[split] ?? 0) + 1;
  return {
    name: path.basename(directory),
    fingerprint: await fingerprintOf(labelled),
    counts,
    splits: { train: 'training', val: 'stopping point, averaging, temperature and interval' },
  };
}
