import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drawDataset } from '../../../src/drawing/draw-dataset.ts';
import { smokeRecipe } from './smoke-recipe.ts';

/** A temporary folder with drawn faces and a recipe, for the files of a smoke run. */
export interface Workplace {
  data: string;
  recipe: string;
  models: string;
  /** A path below the folder. */
  at: (name: string) => string;
  remove: () => Promise<void>;
}

/** Draws the faces into a new temporary folder. */
export async function createWorkplace(counts: { train: number; val: number }): Promise<Workplace> {
  const folder = await mkdtemp(path.join(tmpdir(), 'face-age-smoke-'));
  const at = (name: string) => path.join(folder, name);
  await drawDataset(at('faces'), counts);
  await writeFile(at('recipe.json'), JSON.stringify(smokeRecipe));
  return {
    data: at('faces'),
    recipe: at('recipe.json'),
    models: at('models'),
    at,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Arguments of `npm run train` for a run in the workplace. */
export function trainingArguments(
  { data, recipe, models, at }: Workplace,
  { checkpoint = 'run.checkpoint', more = [] }: { checkpoint?: string; more?: string[] } = {},
): string[] {
  const places = ['--data', data, '--cache', at('cache'), '--models', models];
  return [...places, '--recipe', recipe, '--checkpoint', at(checkpoint), ...more];
}
