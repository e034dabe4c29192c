import path from 'node:path';
import type { Dataset } from '../../src/dataset/dataset.ts';
import type { PhotoToJudge } from '../../src/evaluation/judged-photo.ts';
import type { CheckedSet } from '../../src/evaluation/gate/trained-on.ts';
import { photosOfSplit, toJudge } from '../photos/photos-of-split.ts';
import { readDataset } from '../photos/read-dataset.ts';
import type { GateWish } from './gate-wish.ts';

/** The photos that a gate judges on. */
export interface GateSet {
  dataset: Dataset;
  photos: PhotoToJudge[];
  /** For the result. */
  about: { name: string; split: string; fingerprint: string };
  checked: CheckedSet;
}

/** @throws Error where there is no such set, or no photo in the split */
export async function openGateSet(wish: Pick<GateWish, 'set' | 'split' | 'valShare' | 'cache'>) {
  const { set: data, split, valShare, cache } = wish;
  const dataset = await readDataset({ data, cache, 'val-share': valShare });
  const chosen = photosOfSplit(dataset, split);
  return {
    dataset,
    photos: chosen.map((photo) => toJudge(dataset, photo)),
    about: {
      name: path.basename(dataset.location),
      split,
      fingerprint: dataset.fingerprintOf(chosen),
    },
    checked: {
      fingerprint: dataset.fingerprint,
      photos: chosen.map((photo) => ({
        key: photo.key,
        split: photo.split,
        hash: dataset.hashOf(photo),
      })),
    },
  } satisfies GateSet;
}
