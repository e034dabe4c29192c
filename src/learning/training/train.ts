import { loadTensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import { defaultPreprocessSpec as preprocess } from '../../inference/preprocess/spec.ts';
import { FileRegistry } from '../../registry/file-registry.ts';
import { findModel } from '../../registry/model-reference.ts';
import type { LocalArtifact } from '../../registry/registry.ts';
import { goOnFrom, type Beginning } from './continued-training.ts';
import { completeRecipe } from './recipe.ts';
import type { WrittenVersion } from './publication/network-publication.ts';
import { readRecipe } from './recipe-file.ts';
import { runTraining } from './run-training.ts';
import { openPhotos } from './batches/training-photos.ts';
import type { TrainingWish } from './train-options.ts';
import { writeTrained } from './publication/write-trained.ts';

const tell = (text: string) => console.log(text);

/**
 * Trains as wished and, unless settings are only compared, writes the version.
 * @param stop ends the run after the step under way, with a checkpoint
 * @returns the version, or undefined where none was wanted
 */
export async function train(
  wish: TrainingWish,
  stop: AbortSignal,
): Promise<WrittenVersion | undefined> {
  const { recipe, start, parent } = await begin(wish);
  const photos = await openPhotos(wish, recipe.feedbackWeight, { tell });
  const registry = { location: wish.models, name: wish.name, alias: 'production' };
  try {
    const tf = loadTensorFlow();
    const trained = await runTraining(tf, { wish, recipe, start, photos, registry, stop, tell });
    if (wish.tuning) return undefined;
    const origin = { parent, runId: undefined };
    return await writeTrained(
      tf,
      new FileRegistry(wish.models),
      { wish, recipe, photos, origin },
      trained,
    );
  } finally {
    await photos.close();
  }
}

/** The recipe of a run and, with `--from`, the version that it goes on from. */
async function begin(wish: TrainingWish): Promise<Beginning & { parent: LocalArtifact | null }> {
  const overrides = await readRecipe(wish);
  if (wish.from === undefined)
    return { recipe: completeRecipe(overrides), start: undefined, parent: null };
  const { models: location, name: wanted } = wish;
  const from = await findModel(wish.from, { location, name: wanted, alias: 'production' });
  const parent = await from.registry.fetchArtifact(from.name, from.version);
  const beginning = await goOnFrom(loadTensorFlow(), parent, overrides, preprocess);
  tell(`starts from ${from.name} ${from.version} of ${from.registry.location}`);
  return { ...beginning, parent };
}
