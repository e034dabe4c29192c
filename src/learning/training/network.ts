import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import type { LayerFactory } from '../networks/architecture.ts';
import { architectureOf } from '../networks/architectures.ts';
import { FACE_LAYER } from '../networks/residual.ts';
import { targetsFor } from './batches/targets.ts';
import type { Recipe } from './recipe.ts';

/**
 * Builds the network of a recipe with random weights.
 * @param side width and height of the photos, in pixels
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

interface LayerWeight {
  /** `<layer>/<weight>`, as it is saved. */
  originalName: string;
  shape: (number | null)[];
  val: tensorflow.Variable;
  read(): tensorflow.Tensor;
}

/** The variables that the optimizer updates, in a fixed order. */
export function trainableVariables(model: tensorflow.LayersModel): tensorflow.Variable[] {
  return (model.trainableWeights as unknown as LayerWeight[]).map((weight) => weight.val);
}

/** A weight of a network that may be replaced by a saved one. */
export interface WeightSlot {
  shape: number[];
  /** Whether it belongs to the layer of the face probability. */
  ofFaceOutput: boolean;
  /** Copies the current values. */
  read: () => Float32Array;
}

/** Every weight, in the order of `readWeights`. */
export function weightSlots(model: tensorflow.LayersModel): WeightSlot[] {
  return (model.weights as unknown as LayerWeight[]).map((weight) => ({
    shape: weight.shape.map(Number),
    ofFaceOutput: isOfFaceOutput(weight.originalName),
    read: () => weight.read().dataSync<'float32'>().slice(),
  }));
}

/** Whether a weight, by its saved name, belongs to the layer of the face probability. */
export function isOfFaceOutput(name: string): boolean {
  return name.startsWith(`${FACE_LAYER}/`);
}

/** Copies every weight, including the moving statistics. */
export function readWeights(model: tensorflow.LayersModel): Float32Array[] {
  return (model.weights as unknown as LayerWeight[]).map((weight) =>
    weight.read().dataSync<'float32'>().slice(),
  );
}

/** Writes weights that `readWeights` copied from a model of the same architecture. */
export function writeWeights(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  values: readonly Float32Array[],
): void {
  (model.weights as unknown as LayerWeight[]).forEach((weight, index) =>
    assign(tf, weight.val, values[index]!),
  );
}

/** Copies values into a variable; the caller keeps ownership of the array. */
export function assign(tf: TensorFlow, variable: tensorflow.Variable, values: Float32Array): void {
  const tensor = tf.tensor(values.slice(), variable.shape, 'float32');
  variable.assign(tensor);
  tensor.dispose();
}
