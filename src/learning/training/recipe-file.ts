import { readFile } from 'node:fs/promises';
import type { TrainingOptions } from './train-options.ts';

/** What a command line says about the recipe of a run. */
export type RecipeOptions = Pick<
  TrainingOptions,
  'recipe' | 'architecture' | 'epochs' | 'seed' | 'feedback-weight'
>;

/**
 * The recipe of a file, or of the manifest of a version, with what the command line says instead: settings for
 * `completeRecipe`.
 * @throws Error where the file is not JSON
 */
export async function readRecipe({
  recipe,
  architecture,
  epochs,
  seed,
  'feedback-weight': feedbackWeight,
}: RecipeOptions): Promise<Record<string, unknown>> {
  const document = recipe === undefined ? {} : await readDocument(recipe);
  return {
    ...(document.training?.recipe ?? document),
    ...(architecture !== undefined && { architecture }),
    ...(epochs !== undefined && { epochs }),
    ...(seed !== undefined && { seed }),
    ...(feedbackWeight !== undefined && { feedbackWeight }),
  };
}

async function readDocument(file: string): Promise<{ training?: { recipe: object } }> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text) as { training?: { recipe: object } };
  } catch (error) {
    throw new Error(`--recipe ${file} is not JSON; give a file of settings or a manifest`, {
      cause: error,
    });
  }
}
