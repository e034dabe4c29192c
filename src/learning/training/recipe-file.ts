import { readFile } from 'node:fs/promises';

/** Where the recipe of a run comes from, and the settings that override it. */
export interface RecipeOptions {
  /** A JSON file of settings, or the manifest of a version whose recipe is repeated. */
  recipe?: string | undefined;
  architecture?: string | undefined;
  epochs?: number | undefined;
  seed?: number | undefined;
  /** How much a feedback photo counts, against 1 for a photo of the data set. */
  feedbackWeight?: number | undefined;
}

/**
 * Reads the recipe file and applies the overrides.
 * @returns settings for `completeRecipe`
 * @throws Error where the file is not JSON
 */
export async function readRecipe({
  recipe,
  architecture,
  epochs,
  seed,
  feedbackWeight,
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
