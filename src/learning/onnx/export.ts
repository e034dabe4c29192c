import { foldBatchNormalization } from './batch-norm.ts';
import { InvalidModelError } from './errors.ts';
import { GraphBuilder, type Value } from './graph.ts';
import { layerKindOf } from './layers.ts';
import { dropTrainingLayers, type Network, readNetwork } from './network.ts';
import { type GraphProto, encodeModel } from './proto.ts';
import { toChannelsFirst } from './reshape.ts';
import { isImage } from './shape.ts';
import { readWeights } from './weights.ts';

/** A LayersModel as passed to an IO handler by `model.save`, or as read from model.json and weights.bin. */
export interface LayersModelArtifacts {
  modelTopology?: object | undefined;
  /** In model.json, the `weights` of the `weightsManifest`. */
  weightSpecs?: readonly object[] | undefined;
  /** Little-endian float32 values in the order of the specs. */
  weightData?: ArrayBuffer | Uint8Array | readonly ArrayBuffer[] | undefined;
}

export interface ExportOptions {
  /** Name of the output in the ONNX graph. */
  outputName: 'age_distribution' | 'bucket_probabilities';
}

const inputName = 'pixels';

/**
 * Exports a tfjs LayersModel as an ONNX file for inference: training-only layers are removed, and batch normalizations are
 * folded where possible.
 * The input `pixels` is float32 [n, …input shape of the model] as in TensorFlow (images are NHWC), for any n; the output is
 * float32 [n, …output shape of the model]. The export is deterministic: the same model gives the same bytes.
 * @throws UnsupportedLayerError naming a layer whose class or configuration is not supported.
 * @throws InvalidModelError if artifacts are missing or inconsistent.
 */
export function exportOnnx(artifacts: LayersModelArtifacts, options: ExportOptions): Uint8Array {
  return encodeModel(exportGraph(artifacts, options), 'face-age');
}

/** The graph that `exportOnnx` writes. */
export function exportGraph(
  { modelTopology, weightSpecs, weightData }: LayersModelArtifacts,
  { outputName }: ExportOptions,
): GraphProto {
  if (!modelTopology || !weightSpecs || !weightData) {
    throw new InvalidModelError(
      'modelTopology, weightSpecs or weightData is missing from the artifacts.',
    );
  }
  const network = readNetwork(modelTopology, readWeights(weightSpecs, weightData));
  return graphOf(foldBatchNormalization(dropTrainingLayers(network)), outputName);
}

function graphOf(network: Network, outputName: string): GraphProto {
  const graph = new GraphBuilder([inputName, outputName]);
  const input: Value = { name: inputName, shape: network.input.shape };
  const values = new Map([[network.input.name, imageInput(graph, input)]]);
  for (const operation of network.operations) {
    const inputs = operation.inputs.map((name) => values.get(name)!);
    values.set(operation.name, layerKindOf(operation).emit(graph, operation, inputs));
  }
  const output = values.get(network.output)!;
  if (isImage(output.shape))
    throw new InvalidModelError('The output of the model is an image, which is not supported.');
  return graph.build(input, output.name, { name: outputName, shape: output.shape });
}

/** Converts an image input from NHWC to NCHW. */
function imageInput(graph: GraphBuilder, input: Value): Value {
  if (!isImage(input.shape)) return input;
  const name = toChannelsFirst(graph, `${input.name}/channels_first`, input.name, input.shape);
  return { name, shape: input.shape };
}
