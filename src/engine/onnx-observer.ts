import type { EngineArtifact } from './engine.ts';
import { createNormalise } from './normalise.ts';
import { InferenceSession, Tensor } from './onnx-runtime.ts';

/** The smallest and the largest value that was seen. */
export interface ObservedRange {
  min: number;
  max: number;
}

/**
 * Runs pictures through a network and watches all its outputs, values from within among them.
 * @param graph an ONNX file of one input, float32 [n, height, width, 1]
 * @param pictures height × width grey levels each
 * @returns by name of the output; empty where there was no picture
 */
export async function observeRanges(
  graph: Uint8Array,
  { width, height, ...normalisation }: Pick<EngineArtifact, 'width' | 'height' | 'mean' | 'std'>,
  pictures: Iterable<Uint8Array>,
): Promise<Map<string, ObservedRange>> {
  const session = await InferenceSession.create(graph, { executionProviders: ['cpu'] });
  const normalise = createNormalise(normalisation);
  const values = new Float32Array(height * width);
  const input = new Tensor('float32', values, [1, height, width, 1]);
  const ranges = new Map<string, ObservedRange>();
  try {
    for (const picture of pictures) {
      normalise(picture, values);
      const outputs = await session.run({ [session.inputNames[0]!]: input });
      for (const [name, { data }] of Object.entries(outputs))
        ranges.set(name, widened(ranges.get(name), data as Float32Array));
    }
    return ranges;
  } finally {
    await session.release();
  }
}

function widened(range: ObservedRange | undefined, values: Float32Array): ObservedRange {
  let { min, max } = range ?? { min: Infinity, max: -Infinity };
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
