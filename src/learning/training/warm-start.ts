import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../common/errors.ts';
import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import type { LayerFactory } from '../networks/architecture.ts';
import { architectureOf } from '../networks/architectures.ts';
import { targetsFor } from './batches/targets.ts';
import { weightShapes } from './network.ts';
import type { Recipe } from './recipe.ts';

/**
 * The network of a recipe, with random weights.
 * @param side of the photos, in pixels
 */
export function buildNetwork(
  tf: TensorFlow,
  recipe: Recipe,
  side: number,
  layers?: LayerFactory,
): tensorflow.LayersModel {
  const { build, answers } = architectureOf(recipe.architecture);
  return build(tf, {
    ...recipe.network,
    width: side,
    height: side,
    outputs: targetsFor(answers).width,
    seed: recipe.seed,
    ...(layers && { layers }),
  });
}

/** Epochs over the photos, where a network starts from what an earlier version knows. */
const EPOCHS = 10;
/** Of the learning rate that the earlier version was trained with. */
const LEARNING_RATE_SHARE = 0.1;

/**
 * A recipe that goes on from a version instead of from random weights: its network, photos bent as they were for it,
 * fewer epochs, a tenth of its learning rate, full-size photos throughout, no teachers.
 * @param parent the recipe of that version
 * @returns settings for `completeRecipe`
 */
export function fineTuning(parent: Recipe): Record<string, unknown> {
  const { peak } = parent.learningRate;
  return {
    ...parent,
    epochs: EPOCHS,
    learningRate: { peak: peak * LEARNING_RATE_SHARE },
    resolutions: [],
    distillation: null,
    patience: 0,
  };
}

const weightSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  dtype: z.literal('float32'),
  quantization: z.undefined('quantised weights cannot be trained on').optional(),
});

const modelSchema = z.object({
  weightsManifest: z.array(z.object({ weights: z.array(weightSchema) })).length(1),
});

/** One weight of a network as an artifact holds it. */
export interface SavedWeight {
  name: string;
  shape: number[];
  values: Float32Array;
}

/** A version whose weights cannot be started from; the message says why. */
export class WarmStartError extends Error {
  override readonly name = 'WarmStartError';
}

/**
 * Reads `model.json` and `weights.bin` of a version.
 * @param directory the version's folder
 * @throws WarmStartError where they are missing or cannot be used
 */
export async function readSavedWeights(directory: string): Promise<SavedWeight[]> {
  try {
    const text = await readFile(path.join(directory, 'model.json'), 'utf8');
    return valuesOf(specsOf(text), await readFile(path.join(directory, 'weights.bin')));
  } catch (error) {
    throw new WarmStartError(`its weights cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

type WeightSpec = z.infer<typeof weightSchema>;

function specsOf(text: string): WeightSpec[] {
  const parsed = modelSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data.weightsManifest[0]!.weights;
  throw new Error(z.prettifyError(parsed.error));
}

function valuesOf(specs: readonly WeightSpec[], bytes: Buffer): SavedWeight[] {
  let offset = 0;
  const weights = specs.map(({ name, shape }) => {
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
    Buffer.from(values.buffer).set(bytes.subarray(offset, (offset += values.byteLength)));
    return { name, shape, values };
  });
  if (offset === bytes.length) return weights;
  throw new Error(`weights.bin has ${bytes.length} bytes, model.json tells of ${offset}`);
}

/**
 * The saved weights as a network takes them (`writeWeights`).
 * @throws WarmStartError where they are those of another network
 */
export function weightsFor(
  model: tensorflow.LayersModel,
  saved: readonly SavedWeight[],
): Float32Array[] {
  const wanted = weightShapes(model);
  const found = saved.map(({ shape }) => shape.join('×'));
  const differs = wanted.findIndex((shape, index) => shape.join('×') !== found[index]);
  if (differs < 0 && wanted.length === found.length) return saved.map(({ values }) => values);
  throw new WarmStartError(
    `it is another network: ${found.length} weights, not ${wanted.length}` +
      (differs < 0
        ? ''
        : `; ${saved[differs]?.name ?? 'none'} is ${found[differs] ?? 'missing'}, not ${wanted[differs]!.join('×')}`),
  );
}
