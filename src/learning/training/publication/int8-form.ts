import { graphFiles } from '../../../inference/engine/engine.ts';
import { observeRanges } from '../../../inference/engine/onnx-engine.ts';
import { createAgeHead, type AgeHeadSpec, type Bucket } from '../../../inference/head/age-head.ts';
import type { PreprocessSpec } from '../../../inference/preprocess/spec.ts';
import type { Golden, Int8Form } from '../../../registry/manifest.ts';
import type { EvaluatedPhoto } from '../../evaluation/evaluated-photo.ts';
import { decodeModel } from '../../onnx/decode.ts';
import { encodeModel } from '../../onnx/proto.ts';
import { withOutputs, foldAveragePools } from '../../onnx/quantization/pool-folding.ts';
import { quantise } from '../../onnx/quantization/quantize.ts';
import { valuesToQuantise } from '../../onnx/quantization/values.ts';
import { PhotoReader, type PhotoSet } from '../batches/photo-set.ts';
import type { ValidationPhotos } from '../validation-photos.ts';
import { withServingNetwork } from './evaluate-network.ts';
import { answersOf } from './feedback-figures.ts';

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

/** Enough for the ranges of activations: with a thousand the error is the same. */
const RANGE_PHOTOS = 300;
/** All paths through onnxruntime agree to within 3e-5; the network in floats differs by up to 5e-2. */
const GOLDEN_TOLERANCE = 1e-3;

/** A network in float32, judged and calibrated, that is to get an 8-bit form. */
export interface EvaluatedFloats {
  graph: Uint8Array;
  head: AgeHeadSpec;
  buckets: readonly Bucket[];
  preprocess: PreprocessSpec;
  golden: readonly Golden[];
  validation: ValidationPhotos;
  /** Photos that trained it: their activations say which ranges there are. */
  trainedOn: PhotoSet;
}

export interface EvaluatedIntegers {
  graph: Uint8Array;
  /** The validation photos, as it answers them through the same head. */
  evaluated: EvaluatedPhoto[];
  golden: Int8Form['golden'];
}

/**
 * Quantises a network, and has the engine that serves answer the same photos and golden samples with it.
 * @returns undefined where nothing in it would compute in integers
 */
export async function evaluateInt8Form(
  network: EvaluatedFloats,
): Promise<EvaluatedIntegers | undefined> {
  const { preprocess, buckets, validation } = network;
  const head = createAgeHead(network.head, buckets);
  const graph = await withPictures(network.trainedOn, (pictures) =>
    eightBitGraph(network.graph, preprocess, pictures),
  );
  if (graph === undefined) return undefined;
  const artifact = { ...preprocess, outputLength: head.outputLength, precision: 'int8' as const };
  return withServingNetwork(graph, artifact, async (integers) => {
    const outputs = await answersOf(integers, validation.photos);
    const evaluated = outputs.map((output, index) => ({
      age: validation.labelled[index]!.age,
      estimate: head.interpret(output),
      groups: validation.labelled[index]!.groups,
    }));
    const golden: Int8Form['golden'] = [];
    for (const { pixels } of network.golden) {
      const output = await integers.run(Uint8Array.from(Buffer.from(pixels, 'base64')), 1);
      golden.push({ output: [...output], tolerance: GOLDEN_TOLERANCE });
    }
    return { graph, evaluated, golden };
  });
}

/** What a manifest says of it, given the figures of both on the same photos. */
export function describeInt8Form(
  { golden }: Pick<EvaluatedIntegers, 'golden'>,
  metrics: { fp32: Record<string, number>; int8: Record<string, number> },
): Int8Form {
  const maeCost = metrics.int8.mae! - metrics.fp32.mae!;
  return { file: graphFiles.int8, golden, metrics: metrics.int8, maeCost };
}

/** Evenly spaced ones of the set, where there are many. */
async function withPictures<Result>(
  photos: PhotoSet,
  use: (pictures: Iterable<Uint8Array>) => Promise<Result>,
): Promise<Result> {
  const reader = new PhotoReader(photos);
  const wanted = Math.min(photos.count, RANGE_PHOTOS);
  const pictures = function* () {
    for (let n = 0; n < wanted; n++) yield reader.read(Math.floor((n * photos.count) / wanted));
  };
  try {
    return await use(pictures());
  } finally {
    reader.close();
  }
}
