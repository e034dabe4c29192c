import { loadTensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import { defaultPreprocessSpec as preprocess } from '../../inference/preprocess/spec.ts';
import { FileRegistry } from '../../registry/file-registry.ts';
import { findModel } from '../../registry/model-reference.ts';
import type { LocalArtifact } from '../../registry/registry.ts';
import { warmStartFrom, type Beginning } from './warm-start.ts';
import { completeRecipe } from './recipe.ts';
import type { WrittenVersion } from './publication/publish-network.ts';
import { readRecipe } from './recipe-file.ts';
import { runTraining } from './run-training.ts';
import { openPhotos } from './batches/open-photos.ts';
import type { TrainingOptions } from './train-options.ts';
import { writeTrained } from './publication/write-trained.ts';

/**
 * Trains by the options and, unless settings are only compared, writes the version.
 * @param stop ends the run after the step under way, with a checkpoint
 * @param tell reports what goes on, a line at a time
 * @returns the version, or undefined where none was wanted
 */
export async function train(
  options: TrainingOptions,
  stop: AbortSignal,
  tell: (line: string) => void,
): Promise<WrittenVersion | undefined> {
  const { recipe, start, parent } = await begin(options, tell);
  const photos = await openPhotos(options, recipe.feedbackWeight, { tell });
  const registry = { location: options.models, name: options.name, alias: 'production' };
  try {
    const tf = loadTensorFlow();
    const trained = await runTraining(tf, { options, recipe, start, photos, registry, stop, tell });
    if (options.tuning) return undefined;
    const origin = { parent, runId: undefined };
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

/** The recipe of a run and, with `--from`, the version that it goes on from. */
async function begin(
  options: TrainingOptions,
  tell: (line: string) => void,
): Promise<Beginning & { parent: LocalArtifact | null }> {
  const overrides = await readRecipe(options);
  if (options.from === undefined)
    return { recipe: completeRecipe(overrides), start: undefined, parent: null };
  const { models: location, name: wanted } = options;
  const from = await findModel(options.from, { location, name: wanted, alias: 'production' });
  const parent = await from.registry.fetchArtifact(from.name, from.version);
  const beginning = await warmStartFrom(loadTensorFlow(), parent, overrides, preprocess);
  tell(`starts from ${from.name} ${from.version} of ${from.registry.location}`);
  return { ...beginning, parent };
}
