import { observeRanges } from '../inference/engine/onnx-engine.ts';
import { decodeModel } from '../network/onnx/decode.ts';
import { encodeModel } from '../network/onnx/proto.ts';
import { withOutputs } from '../network/onnx/quantisation/observable.ts';
import { foldAveragePools } from '../network/onnx/quantisation/pool-folding.ts';
import { quantise } from '../network/onnx/quantisation/quantise.ts';
import { valuesToQuantise } from '../network/onnx/quantisation/values.ts';
import type { PreprocessSpec } from '../inference/preprocess/spec.ts';

const PRODUCER = 'face-age';

/**
 * The 8-bit form of an exported graph: static quantisation, its ranges those of the pictures.
 * @param pictures height × width grey levels each, like those that trained it
 * @returns undefined where nothing in the graph would compute in integers
 * @throws InvalidModelError where the graph is not one of ours, or there is no picture
 */
export async function eightBitGraph(
  file: Uint8Array,
  spec: Pick<PreprocessSpec, 'width' | 'height' | 'mean' | 'std'>,
  pictures: Iterable<Uint8Array>,
): Promise<Uint8Array | undefined> {
  const graph = foldAveragePools(decodeModel(file));
  const values = valuesToQuantise(graph);
  if (values.length === 0) return undefined;
  const observable = withOutputs(graph, values);
  const ranges = await observeRanges(encodeModel(observable, PRODUCER), spec, pictures);
  return encodeModel(quantise(graph, ranges), PRODUCER);
}
