import { foldBatchNormalization } from './batch-norm.ts';
import { InvalidModelError } from './errors.ts';
import { GraphBuilder, type Value } from './graph.ts';
import { layerKindOf } from './layers.ts';
import { type Network, readNetwork } from './network.ts';
import { type GraphProto, encodeModel } from './proto.ts';
import { toChannelsFirst } from './reshape.ts';
import { isImage } from './shape.ts';
import { dropTrainingLayers } from './layer-kind.ts';
import { readWeights } from './weights.ts';

/** A LayersModel as `model.save` hands it to an IO handler, or as read from model.json and weights.bin. */
export interface LayersModelArtifacts {
  modelTopology?: object | undefined;
  /** In model.json: the `weights` of its `weightsManifest`. */
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
 * Writes a tfjs LayersModel as an ONNX file for inference: layers of training dropped, batch
 * normalisations folded where possible.
 * Input `pixels` float32 [n, …the model's input shape] as in TensorFlow (an image is NHWC), any n;
 * output float32 [n, …the model's output shape]. The same model gives the same bytes.
 * @throws UnsupportedLayerError naming a layer that it does not know, or not so configured.
 * @throws InvalidModelError where artifacts are missing or do not fit together.
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
    throw new InvalidModelError('The artifacts lack modelTopology, weightSpecs or weightData.');
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
  if (isImage(output.shape)) throw new InvalidModelError('The output of the model is an image.');
  return graph.build(input, output.name, { name: outputName, shape: output.shape });
}

/** An image comes in NHWC and goes on in NCHW. */
function imageInput(graph: GraphBuilder, input: Value): Value {
  if (!isImage(input.shape)) return input;
  const name = toChannelsFirst(graph, `${input.name}/channels_first`, input.name, input.shape);
  return { name, shape: input.shape };
}
