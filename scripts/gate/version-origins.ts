import { readTrainingPhotos } from '../../src/dataset/training-photos.ts';
import {
  sharedReasons,
  trainedOn,
  type CheckedSet,
  type VersionOrigin,
} from '../../src/evaluation/gate/trained-on.ts';
import type { ModelRegistry } from '../../src/registry/registry.ts';

/** What a set's photos had to do with the making of the versions that it is to judge. */
export interface CheckedOrigins {
  /** Why the set cannot judge them; empty where it can. */
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
