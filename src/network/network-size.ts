import { z } from 'zod';
import { countMacs } from './count-macs.ts';

/** How big a network is. */
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
 * Reads a network's size off its tfjs `model.json`.
 * @throws ZodError, UnsupportedLayerError or InvalidModelError where it describes no network that is exported.
 */
export function networkSizeOf(modelJson: string): NetworkSize {
  const { modelTopology, weightsManifest } = modelJsonSchema.parse(JSON.parse(modelJson));
  const parameters = weightsManifest
    .flatMap(({ weights }) => weights)
    .reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);
  return { parameters, multiplyAccumulates: countMacs(modelTopology) };
}
