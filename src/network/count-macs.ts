import { layerKindOf } from './onnx/layers.ts';
import { readNetwork } from './onnx/network.ts';
import type { Shape } from './onnx/shape.ts';
import { dropTrainingLayers } from './onnx/training-layers.ts';

/**
 * Multiply-accumulates per image in convolutions and dense layers.
 * @param modelTopology of a tfjs LayersModel, as `model.save` gives it.
 * @throws UnsupportedLayerError, InvalidModelError as `exportOnnx` does.
 */
export function countMacs(modelTopology: unknown): number {
  const { input, operations } = dropTrainingLayers(readNetwork(modelTopology));
  const shapes = new Map<string, Shape>([[input.name, input.shape]]);
  let total = 0;
  for (const operation of operations) {
    const inputs = operation.inputs.map((name) => shapes.get(name)!);
    const kind = layerKindOf(operation);
    shapes.set(operation.name, kind.outputShape(operation, inputs));
    total += kind.multiplyAccumulates(operation, inputs);
  }
  return total;
}
