import { graphFiles } from '../../../inference/engine/engine.ts';
import { observeRanges } from '../../../inference/engine/onnx-engine.ts';
import { createAgeHead, type AgeHeadSpec, type Bucket } from '../../../inference/head/age-head.ts';
import { outputRowLength, readOutputRow } from '../../../inference/head/face-output.ts';
import type { PreprocessSpec } from '../../../inference/preprocess/spec.ts';
import type { Golden } from '../../../registry/golden.ts';
import type { Int8Form, Manifest } from '../../../registry/manifest.ts';
import { meanYearsOutside } from '../../dataset/age-range.ts';
import type { EvaluatedPhoto } from '../../evaluation/evaluated-photo.ts';
import { decodeModel } from '../../onnx/decode.ts';
import { encodeModel } from '../../onnx/proto.ts';
import { withOutputs, foldAveragePools } from '../../onnx/quantization/pool-folding.ts';
import { quantize } from '../../onnx/quantization/quantize.ts';
import { valuesToQuantize } from '../../onnx/quantization/values.ts';
import { PhotoReader, type PhotoSet } from '../batches/photo-set.ts';
import type { ValidationPhotos } from '../validation.ts';
import { outputsOf, withServingNetwork } from './serving-network.ts';

const PRODUCER = 'face-age';

/**
 * Quantizes an exported graph to 8 bits with static quantization; the ranges are calibrated on the given pictures.
 * @param pictures height × width gray levels each, like the training photos
 * @returns undefined if nothing in the graph would compute in integers
 * @throws InvalidModelError if the graph was not exported by this project, or there are no pictures
 */
export async function quantizeGraph(
  file: Uint8Array,
  spec: Pick<PreprocessSpec, 'width' | 'height' | 'mean' | 'std'>,
  pictures: Iterable<Uint8Array>,
): Promise<Uint8Array | undefined> {
  const graph = foldAveragePools(decodeModel(file));
  const values = valuesToQuantize(graph);
  if (values.length === 0) return undefined;
  const observable = withOutputs(graph, values);
  const ranges = await observeRanges(encodeModel(observable, PRODUCER), spec, pictures);
  return encodeModel(quantize(graph, ranges), PRODUCER);
}

/** Enough to calibrate the ranges of activations: a thousand photos give the same error. */
const RANGE_PHOTOS = 300;
/** All execution paths of onnxruntime agree within 3e-5, while the float32 network differs by up to 5e-2. */
const GOLDEN_TOLERANCE = 1e-3;

/** A calibrated and evaluated float32 network to quantize. */
export interface Float32Network {
  graph: Uint8Array;
  head: AgeHeadSpec;
  buckets: readonly Bucket[];
  preprocess: PreprocessSpec;
  /** Present if the network outputs the face probability. */
  face?: Manifest['face'];
  golden: readonly Golden[];
  validation: ValidationPhotos;
  /** Training photos, whose activations determine the quantization ranges. */
  trainedOn: PhotoSet;
}

export interface QuantizedNetwork {
  graph: Uint8Array;
  /** Its results on the validation photos, with the same head. */
  evaluated: EvaluatedPhoto[];
  golden: Int8Form['golden'];
}

/**
 * Quantizes a network and runs it in the serving engine on the same validation photos and golden samples.
 * @returns undefined if nothing in the network would compute in integers
 */
export async function evaluateInt8Form(
  network: Float32Network,
): Promise<QuantizedNetwork | undefined> {
  const { preprocess, buckets, validation } = network;
  const head = createAgeHead(network.head, buckets);
  const graph = await withSamplePictures(network.trainedOn, (pictures) =>
    quantizeGraph(network.graph, preprocess, pictures),
  );
  if (graph === undefined) return undefined;
  const outputLength = outputRowLength(head, network.face);
  const artifact = { ...preprocess, outputLength, precision: 'int8' as const };
  return withServingNetwork(graph, artifact, async (quantized) => {
    const outputs = await outputsOf(quantized, validation.photos);
    const evaluated = outputs.map((output, index) => {
      const { age, groups, source, face } = validation.labeled[index]!;
      const estimate = head.interpret(readOutputRow(output, head).ages);
      return { age, groups, source, estimate, face: face ?? undefined };
    });
    const golden: Int8Form['golden'] = [];
    for (const { pixels } of network.golden) {
      const output = await quantized.run(Uint8Array.from(Buffer.from(pixels, 'base64')), 1);
      golden.push({ output: [...output], tolerance: GOLDEN_TOLERANCE });
    }
    return { graph, evaluated, golden };
  });
}

/**
 * Describes the 8-bit form for the manifest. What it costs is measured in years on the photos with exact ages; without any,
 * it is the difference of the years that the means lie outside of the labeled ranges.
 * @param fp32 the results of the 32-bit network on the same photos
 */
export function describeInt8Form(
  { golden, evaluated }: Pick<QuantizedNetwork, 'golden' | 'evaluated'>,
  fp32: readonly EvaluatedPhoto[],
  metrics: Record<string, number>,
): Int8Form {
  const maeCost = errorOf(evaluated) - errorOf(fp32);
  return { file: graphFiles.int8, golden, metrics, maeCost };
}

function errorOf(evaluated: readonly EvaluatedPhoto[]): number {
  return meanYearsOutside(
    evaluated.map(({ age: label, estimate }) => ({ label, age: estimate.mean })),
  );
}

/** Passes the pictures of the set to `use`, or an evenly spaced sample of them if there are many. */
async function withSamplePictures<Result>(
  photos: PhotoSet,
  use: (pictures: Iterable<Uint8Array>) => Promise<Result>,
): Promise<Result> {
  const reader = new PhotoReader(photos);
  const sampleSize = Math.min(photos.count, RANGE_PHOTOS);
  const pictures = function* () {
    for (let n = 0; n < sampleSize; n++)
      yield reader.read(Math.floor((n * photos.count) / sampleSize));
  };
  try {
    return await use(pictures());
  } finally {
    reader.close();
  }
}
