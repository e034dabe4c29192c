import type { LocalArtifact } from '../../registry/registry.ts';
import { unlessAborted } from './run-id.ts';
import type { RunInputs } from './journal.ts';
import { readRecipe } from '../training/recipe-file.ts';
import { openPhotos, type TrainingPhotos } from '../training/batches/open-photos.ts';
import type { RunFolder } from './run-folder.ts';
import type { RetrainOptions } from './retrain-options.ts';

/** The fetched inputs of a run. */
export interface Fetched {
  photos: TrainingPhotos;
  /** The version that serves; null if none does. */
  champion: LocalArtifact | null;
  /** The recipe settings given by the options. */
  overrides: Record<string, unknown>;
  /** Identifies the inputs, so that a later process can detect changes. */
  inputs: RunInputs;
}

export interface FetchReporter {
  log: (text: string) => void;
  onProgress: (done: number, total: number) => void;
  signal: AbortSignal;
}

/** Fetches the photos, the feedback and the champion. */
export async function fetchInputs(
  options: RetrainOptions,
  { registry }: RunFolder,
  { log, onProgress, signal }: FetchReporter,
): Promise<Fetched> {
  const given = await readRecipe(options);
  const { name, alias } = options;
  const pointer = await registry.readAlias(name, alias);
  const champion = pointer ? await registry.fetchArtifact(name, pointer.version, signal) : null;
  const feedbackWeight = feedbackWeightOf(given, champion);
  const reporter = { log, onProgress };
  const opened = openPhotos({ ...options, tuning: false }, feedbackWeight, reporter);
  const photos = await unlessAborted(opened, signal);
  const overrides = { ...given, feedbackWeight };
  return {
    photos,
    champion,
    overrides,
    inputs: {
      registry: registry.location,
      model: name,
      alias,
      champion: champion?.manifest.version ?? null,
      photos: photos.selection.fingerprint,
      settings: JSON.stringify(overrides),
    },
  };
}

/** The weight from the recipe; by default the champion's, or 1 without a champion. */
function feedbackWeightOf(
  given: Readonly<Record<string, unknown>>,
  champion: LocalArtifact | null,
): number {
  const weight = given.feedbackWeight ?? champion?.manifest.training?.recipe.feedbackWeight;
  return typeof weight === 'number' ? weight : 1;
}
