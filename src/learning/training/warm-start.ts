import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../common/errors.ts';
import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import type { PreprocessSpec } from '../../inference/preprocess/spec.ts';
import type { Manifest } from '../../registry/manifest.ts';
import type { LocalArtifact } from '../../registry/registry.ts';
import { buildNetwork, isOfFaceOutput, weightSlots } from './network.ts';
import { completeRecipe, type Recipe } from './recipe.ts';

/** Number of epochs of a warm-started run. */
const EPOCHS = 10;
/** Peak learning rate of a warm-started run, as a share of the parent's. */
const LEARNING_RATE_SHARE = 0.1;

/**
 * Derives the recipe for fine-tuning a version: the same network and augmentation, fewer epochs, a tenth of the learning
 * rate, full-size photos throughout, and no distillation.
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

/** A version cannot be used for a warm start; the message says why. */
export class WarmStartError extends Error {
  override readonly name = 'WarmStartError';
}

/** How a run begins: with the weights of an earlier version or with random weights. */
export interface Beginning {
  recipe: Recipe;
  /** Undefined for random weights. */
  start: { version: number; weights: SavedWeight[] } | undefined;
}

/**
 * Prepares a warm start from a version, with its network and a fine-tuning recipe.
 * @param overrides recipe settings that take precedence over the derived ones
 * @param spec how the training photos are preprocessed
 * @throws WarmStartError if the version does not fit the recipe or the photos; RecipeError
 */
export async function warmStartFrom(
  tf: TensorFlow,
  { directory, manifest }: LocalArtifact,
  overrides: Readonly<Record<string, unknown>>,
  spec: PreprocessSpec,
): Promise<Beginning> {
  const { architecture, preprocess, version } = manifest;
  if ((overrides.architecture ?? architecture) !== architecture)
    throw new WarmStartError(
      `its architecture is ${architecture}, but the recipe asks for another one`,
    );
  if (!isDeepStrictEqual(preprocess, spec))
    throw new WarmStartError('its photos are preprocessed differently');
  const weights = await readSavedWeights(directory);
  const recipe = completeRecipe({ ...fineTuning(recipeOf(manifest)), ...overrides });
  requireMatchingWeights(tf, recipe, spec, weights);
  return { recipe, start: { version, weights } };
}

/** @throws WarmStartError */
function recipeOf({ architecture, training }: Manifest): Recipe {
  try {
    return completeRecipe({ ...training?.recipe, architecture });
  } catch (error) {
    throw new WarmStartError(`its recipe cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/** @throws WarmStartError */
function requireMatchingWeights(
  tf: TensorFlow,
  recipe: Recipe,
  { width }: PreprocessSpec,
  weights: readonly SavedWeight[],
): void {
  const network = buildNetwork(tf, recipe, width);
  try {
    weightsFor(network, weights);
  } finally {
    network.dispose();
  }
}

const weightSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  dtype: z.literal('float32'),
  quantization: z.undefined('quantized weights cannot be trained').optional(),
});

const modelSchema = z.object({
  weightsManifest: z.array(z.object({ weights: z.array(weightSchema) })).length(1),
});

/** One weight of a network, as stored in an artifact. */
export interface SavedWeight {
  name: string;
  shape: number[];
  values: Float32Array;
}

/**
 * Reads `model.json` and `weights.bin` of a version.
 * @param directory the version's folder
 * @throws WarmStartError if they are missing or cannot be used
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
  throw new Error(`weights.bin has ${bytes.length} bytes, but model.json describes ${offset}`);
}

/**
 * Returns the saved weights in the form that `writeWeights` expects. If the network has a face output and the saved one has
 * none, the weights of that output keep their initial values.
 * @throws WarmStartError if they belong to a different network
 */
export function weightsFor(
  model: tensorflow.LayersModel,
  saved: readonly SavedWeight[],
): Float32Array[] {
  const slots = weightSlots(model);
  const isFaceOutputNew = !saved.some(({ name }) => isOfFaceOutput(name));
  const isKept = slots.map(({ ofFaceOutput }) => ofFaceOutput && isFaceOutputNew);
  requireSameShapes(
    slots.filter((_, index) => !isKept[index]).map(({ shape }) => shape),
    saved,
  );
  const remaining = saved.values();
  return slots.map(({ read }, index) => (isKept[index] ? read() : remaining.next().value!.values));
}

/** @throws WarmStartError that names the first weight whose shape differs */
function requireSameShapes(
  expected: readonly (readonly number[])[],
  saved: readonly SavedWeight[],
): void {
  const found = saved.map(({ shape }) => shape.join('×'));
  const differs = expected.findIndex((shape, index) => shape.join('×') !== found[index]);
  if (differs < 0 && expected.length === found.length) return;
  throw new WarmStartError(
    `the network is different: it has ${found.length} weights, not ${expected.length}` +
      (differs < 0
        ? ''
        : `; ${saved[differs]?.name ?? 'none'} is ${found[differs] ?? 'missing'}, expected ${expected[differs]!.join('×')}`),
  );
}
