import path from 'node:path';
import type { ModelRegistry } from '../../registry/registry.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { readDataset } from '../dataset/read-dataset.ts';
import { readTrainingPhotos } from '../dataset/training-photo-list.ts';
import type { PhotoToEvaluate } from '../evaluation/evaluated-photo.ts';
import { photosOfSplit, toEvaluate } from '../evaluation/split-photos.ts';
import type { GateOptions } from './gate-options.ts';
import { sharedReasons, trainedOn, type CheckedSet, type VersionOrigin } from './trained-on.ts';

/** Whether the photos of a set were used to train the versions that it evaluates. */
export interface CheckedOrigins {
  /** Why the set cannot evaluate the versions; empty if it can. */
  refusals: string[];
  notes: string[];
  unverified: string[];
}

/** @throws RegistryError, TrainingPhotosError */
export async function checkOrigins(
  registry: ModelRegistry,
  model: string,
  versions: readonly number[],
  set: CheckedSet,
): Promise<CheckedOrigins> {
  const checked: CheckedOrigins = { refusals: [], notes: [], unverified: [] };
  for (const version of versions) {
    const known = trainedOn(await originOf(registry, model, version), set);
    checked.refusals.push(...sharedReasons(version, known, set.photos.length));
    checked.notes.push(...known.notes);
    checked.unverified.push(...known.unverified);
  }
  return checked;
}

async function originOf(
  registry: ModelRegistry,
  model: string,
  version: number,
): Promise<VersionOrigin> {
  const { directory, manifest } = await registry.fetchArtifact(model, version);
  const trainingPhotos = await readTrainingPhotos(directory);
  return { version, dataset: manifest.dataset, trainingPhotos };
}

/** The photos that a gate evaluates on. */
export interface GateSet {
  dataset: Dataset;
  photos: PhotoToEvaluate[];
  /** The description of the set in the result. */
  about: { name: string; split: string; fingerprint: string };
  checked: CheckedSet;
}

/** @throws Error if the set does not exist or the split has no photos */
export async function openGateSet(
  options: Pick<GateOptions, 'set' | 'split' | 'valShare' | 'cache' | 'groups'>,
) {
  const { set: data, split, valShare, cache, groups } = options;
  const dataset = await readDataset({ data, cache, valShare, groups });
  const chosen = photosOfSplit(dataset, split);
  return {
    dataset,
    photos: chosen.map((photo) => toEvaluate(dataset, photo)),
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
