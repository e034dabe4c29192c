import { loadTensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import { defaultPreprocessSpec as preprocess } from '../../inference/preprocess/spec.ts';
import { FileRegistry } from '../../registry/file-registry.ts';
import { faceFramingOf } from '../dataset/face-framing.ts';
import { framingOf, utkFraming, type Framing } from '../../registry/framing.ts';
import { findModel } from '../../registry/model-reference.ts';
import type { LocalArtifact } from '../../registry/registry.ts';
import { warmStartFrom, type Beginning } from './warm-start.ts';
import { checkIngredients } from './ingredients.ts';
import { completeRecipe } from './recipe.ts';
import type { WrittenVersion } from './publication/publish-network.ts';
import { readRecipe, type RecipeOptions } from './recipe-file.ts';
import { runTraining, type CheckpointOptions } from './run-training.ts';
import { openPhotos, type PhotosOptions } from './batches/open-photos.ts';
import { writeTrained } from './publication/write-trained.ts';

/** What to train on, how, and where the version is written. */
export interface TrainOptions extends PhotosOptions, RecipeOptions, CheckpointOptions {
  /** The folder of models that the version is written to. */
  models: string;
  /** The model's name. */
  name: string;
  /** A version to initialize the weights from (its number, its folder or an alias); random weights by default. */
  from?: string | undefined;
  /** What the weights may be used for. */
  license: string;
  /** How photos become the network's input; by default as for the version it starts from, else found and aligned. */
  framing?: Framing | undefined;
}

/**
 * Trains a network and writes it as the next version, except where `tuning` only compares settings.
 * @param stop ends the run after the current step, with a checkpoint
 * @param log receives a line for each thing that happens
 * @returns the version; undefined where `tuning` wrote none
 */
export async function train(
  options: TrainOptions,
  stop: AbortSignal,
  log: (line: string) => void,
): Promise<WrittenVersion | undefined> {
  const { recipe, start, parent } = await begin(options, log);
  const inherited = parent === null ? utkFraming : framingOf(parent.manifest);
  const framing = options.framing ?? inherited;
  const faces = await faceFramingOf(framing, new FileRegistry(options.models));
  const registry = { location: options.models, name: options.name, alias: 'production' };
  const materials = { recipe, photos: options, parent: parent?.manifest ?? null, registry };
  const derivedFrom = await checkIngredients(materials);
  const photos = await openPhotos(options, { recipe, framing: faces }, { log });
  try {
    const tf = loadTensorFlow();
    const parts = { options, recipe, start, photos, registry, stop, log };
    const trained = await runTraining(tf, parts);
    if (options.tuning) return undefined;
    const origin = { parent, runId: undefined, framing, derivedFrom };
    return await writeTrained(
      tf,
      new FileRegistry(options.models),
      { options, recipe, photos, origin },
      trained,
    );
  } finally {
    await photos.close();
  }
}

/** The recipe and the initial weights of a run, and the version that the weights come from. */
async function begin(
  options: TrainOptions,
  log: (line: string) => void,
): Promise<Beginning & { parent: LocalArtifact | null }> {
  const overrides = await readRecipe(options);
  if (options.from === undefined)
    return { recipe: completeRecipe(overrides), start: undefined, parent: null };
  const { models: location, name: wanted } = options;
  const from = await findModel(options.from, { location, name: wanted, alias: 'production' });
  const parent = await from.registry.fetchArtifact(from.name, from.version);
  const beginning = await warmStartFrom(loadTensorFlow(), parent, overrides, preprocess);
  log(`starts from ${from.name} ${from.version} of ${from.registry.location}`);
  return { ...beginning, parent };
}
