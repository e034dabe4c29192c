import { z } from 'zod';
import { layerKindOf } from './layers.ts';
import { dropTrainingLayers, readNetwork } from './network.ts';
import type { Shape } from './shape.ts';

/**
 * Counts the multiply-accumulates per image in convolutions and dense layers.
 * @param modelTopology the topology of a tfjs LayersModel, as returned by `model.save`.
 * @throws UnsupportedLayerError or InvalidModelError like `exportOnnx`.
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

/** The size of a network. */
export interface NetworkSize {
  parameters: number;
  /** Per image, in convolutions and dense layers. */
  multiplyAccumulates: number;
}

const modelJsonSchema = z.object({
  modelTopology: z.json(),
  weightsManifest: z.array(
    z.object({ weights: z.array(z.object({ shape: z.array(z.int().min(0)) })) }),
  ),
});

/**
 * Computes the size of a network from its tfjs `model.json`.
 * @throws ZodError, UnsupportedLayerError or InvalidModelError if it does not describe a network that can be exported.
 */
export function networkSizeOf(modelJson: string): NetworkSize {
  const { modelTopology, weightsManifest } = modelJsonSchema.parse(JSON.parse(modelJson));
  const parameters = weightsManifest
    .flatMap(({ weights }) => weights)
    .reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);
  return { parameters, multiplyAccumulates: countMacs(modelTopology) };
}
