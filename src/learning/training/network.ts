import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';

interface LayerWeight {
  name: string;
  shape: (number | null)[];
  val: tensorflow.Variable;
  read(): tensorflow.Tensor;
}

/** The variables that a gradient step moves, in a fixed order. */
export function trainableVariables(model: tensorflow.LayersModel): tensorflow.Variable[] {
  return (model.trainableWeights as unknown as LayerWeight[]).map((weight) => weight.val);
}

/** The shape of every weight, in the order of `readWeights`. */
export function weightShapes(model: tensorflow.LayersModel): number[][] {
  return (model.weights as unknown as LayerWeight[]).map(({ shape }) => shape.map(Number));
}

/** Every weight, moving statistics included, copied out. */
export function readWeights(model: tensorflow.LayersModel): Float32Array[] {
  return (model.weights as unknown as LayerWeight[]).map((weight) =>
    weight.read().dataSync<'float32'>().slice(),
  );
}

/** Puts back what `readWeights` copied out of a model of the same architecture. */
export function writeWeights(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  values: readonly Float32Array[],
): void {
  (model.weights as unknown as LayerWeight[]).forEach((weight, index) =>
    assign(tf, weight.val, values[index]!),
  );
}

/** Copies values into a variable; the caller keeps the array. */
export function assign(tf: TensorFlow, variable: tensorflow.Variable, values: Float32Array): void {
  const tensor = tf.tensor(values.slice(), variable.shape, 'float32');
  variable.assign(tensor);
  tensor.dispose();
}
