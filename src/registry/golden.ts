import { z } from 'zod';
import { engineNames } from '../inference/engine/engine.ts';

/** A golden sample that may differ by more shows nothing: the outputs are probabilities. */
export const TOLERANCE_MAX = 0.02;
/** More golden samples are a mistake. */
const GOLDEN_MAX = 100;

/** The raw output for one picture: a distribution, and behind it the face probability if the network outputs it. */
const outputRow = z.array(z.number().min(0).max(1.001)).max(152);
const tolerance = z.number().positive().max(TOLERANCE_MAX);

/** A drawn picture or seeded noise, never a photo, and the raw output that every load must reproduce. */
const goldenSampleSchema = z.strictObject({
  /** Base64 of height × width gray levels. */
  pixels: z.base64().max(400_000),
  output: outputRow,
  /** Largest absolute difference allowed, by engine. */
  tolerance: z.partialRecord(z.enum(engineNames), tolerance),
});

export const goldenSchema = z.array(goldenSampleSchema).min(1).max(GOLDEN_MAX);

/** The outputs of another form of the network for the same pictures, in the same order. */
export const goldenOfFormSchema = z
  .array(z.strictObject({ output: outputRow, tolerance }))
  .max(GOLDEN_MAX);

export type Golden = z.infer<typeof goldenSampleSchema>;

interface WithOutput {
  output: readonly number[];
}

/** The parts of a manifest that hold raw outputs. */
interface GoldenOutputs {
  face?: object | undefined;
  golden: readonly WithOutput[];
  int8?: { golden: readonly WithOutput[] } | undefined;
  fp16?: { golden: readonly WithOutput[] } | undefined;
}

/** Returns where the manifest has a raw output whose ages or buckets do not sum to 1; the face probability does not count. */
export function findNoDistributions(manifest: GoldenOutputs): (string | number)[][] {
  const { face, golden, int8, fp16 } = manifest;
  const isDistribution = ({ output }: WithOutput): boolean => {
    const probabilities = face === undefined ? output : output.slice(0, -1);
    return Math.abs(probabilities.reduce((sum, p) => sum + p, 0) - 1) <= 1e-3;
  };
  const faultsOf = (samples: readonly WithOutput[] = [], ...path: string[]) =>
    samples.flatMap((sample, index) =>
      isDistribution(sample) ? [] : [[...path, 'golden', index, 'output']],
    );
  return [
    ...faultsOf(golden),
    ...faultsOf(int8?.golden, 'int8'),
    ...faultsOf(fp16?.golden, 'fp16'),
  ];
}
