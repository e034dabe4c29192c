import type { Manifest } from '../../registry/manifest.ts';
import type { LocalArtifact } from '../../registry/registry.ts';
import { unlessAborted } from './run-id.ts';
import type { RunInputs } from './journal.ts';
import { readRecipe } from '../training/recipe-file.ts';
import { framingOf, utkFraming, type Framing } from '../../registry/framing.ts';
import { faceFramingOf } from '../dataset/face-framing.ts';
import { completeRecipe, RecipeError, type Recipe } from '../training/recipe.ts';
import type { PhotoWeights } from '../training/batches/training-set.ts';
import { openPhotos, type TrainingPhotos } from '../training/batches/open-photos.ts';
import type { RunFolder } from './run-folder.ts';
import type { RetrainOptions } from './retrain-options.ts';

/** The fetched inputs of a run. */
export interface Fetched {
  photos: TrainingPhotos;
  /** The version that serves; null if none does. */
  champion: LocalArtifact | null;
  /** How photos become the network's input. */
  framing: Framing;
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
  const framing = champion === null ? utkFraming : framingOf(champion.manifest);
  const weights = photoWeightsOf(given, champion?.manifest);
  const reporter = { log, onProgress };
  const faces = await faceFramingOf(framing, registry);
  const use = { recipe: weights, framing: faces };
  const opened = openPhotos({ ...options, tuning: false }, use, reporter);
  const photos = await unlessAborted(opened, signal);
  const overrides = { ...given, feedbackWeight: weights.feedbackWeight };
  return {
    photos,
    framing,
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

/** How much photos count: as the recipe says, and else as for the champion, if its recipe can be used. */
export function photoWeightsOf(
  given: Readonly<Record<string, unknown>>,
  champion: Pick<Manifest, 'architecture' | 'training'> | undefined,
): PhotoWeights {
  const { feedbackWeight, rangeWeight, balance, negatives } = recipeOf(given, champion);
  return { feedbackWeight, rangeWeight, balance, negatives };
}

function recipeOf(
  given: Readonly<Record<string, unknown>>,
  champion: Parameters<typeof photoWeightsOf>[1],
): Recipe {
  if (!champion?.training) return completeRecipe(given);
  const { architecture, training } = champion;
  try {
    return completeRecipe({ ...training.recipe, architecture, ...given });
  } catch (error) {
    if (error instanceof RecipeError) return completeRecipe(given);
    throw error;
  }
}
