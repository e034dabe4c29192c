import { readFile } from 'node:fs/promises';
import { completeRecipe, type Recipe } from '../../src/training/recipe.ts';
import type { TrainingWish } from './wish.ts';

/**
 * The recipe of a file, or of the manifest of a version, with what the command line says instead.
 * @throws RecipeError naming every faulty setting; Error where the file is not JSON
 */
export async function readRecipe({
  recipe,
  architecture,
  epochs,
  seed,
  'feedback-weight': feedbackWeight,
}: Pick<
  TrainingWish,
  'recipe' | 'architecture' | 'epochs' | 'seed' | 'feedback-weight'
>): Promise<Recipe> {
  const document = recipe === undefined ? {} : await readDocument(recipe);
  return completeRecipe({
    ...(document.training?.recipe ?? document),
    ...(architecture !== undefined && { architecture }),
    ...(epochs !== undefined && { epochs }),
    ...(seed !== undefined && { seed }),
    ...(feedbackWeight !== undefined && { feedbackWeight }),
  });
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
