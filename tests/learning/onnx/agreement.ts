import { createRequire } from 'node:module';
import { expect } from 'vitest';
import * as ort from '../../../src/inference/engine/onnx-runtime.ts';
import type { tensorflow, TensorFlow } from '../../../src/inference/engine/tensorflow-runtime.ts';
import {
  type LayersModelArtifacts,
  exportGraph,
  exportOnnx,
} from '../../../src/learning/onnx/export.ts';
import type { GraphProto } from '../../../src/learning/onnx/proto.ts';

const outputName = 'age_distribution';

/** TensorFlow in plain JavaScript: slow, but it runs everywhere. */
export async function loadJavaScriptTensorFlow(): Promise<TensorFlow> {
  const tf = createRequire(import.meta.url)('@tensorflow/tfjs') as TensorFlow;
  // Suppresses the advice to install native TensorFlow.
  tf.enableProdMode();
  await tf.setBackend('cpu');
  return tf;
}

/** Returns the artifacts of a model, as in training. */
export async function artifactsOf(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
): Promise<LayersModelArtifacts> {
  let saved: LayersModelArtifacts = {};
  const handler = tf.io.withSaveHandler((artifacts) => {
    saved = artifacts;
    return Promise.resolve({
      modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' },
    });
  });
  await model.save(handler);
  return saved;
}

/** Sets every weight to a random value, so that no bias is zero and no variance is one. */
export function randomizeWeights(tf: TensorFlow, model: tensorflow.LayersModel, seed = 1): void {
  model.weights.forEach((weight, index) => {
    const { shape, originalName } = weight as unknown as { shape: number[]; originalName: string };
    const isFactor = /gamma|moving_variance/.test(originalName);
    const value = isFactor
      ? tf.randomUniform(shape, 0.5, 1.5, 'float32', seed + index)
      : tf.randomNormal(shape, 0, spread(shape), 'float32', seed + index);
    weight.write(value);
    value.dispose();
  });
}

/** A standard deviation that keeps outputs about as large as inputs. */
function spread(shape: readonly number[]): number {
  const fanIn = shape.length > 1 ? shape.slice(0, -1).reduce((product, size) => product * size) : 4;
  return Math.sqrt(1 / fanIn);
}

export interface Agreement {
  /** Largest absolute difference between the outputs of the two runtimes. */
  difference: number;
  /** Largest absolute output, to check that the outputs are not all zero. */
  magnitude: number;
  graph: GraphProto;
}

/** Runs a model in TensorFlow and its export in onnxruntime on the same random pixels. */
export async function compareRuntimes(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  { count = 3, seed = 99 } = {},
): Promise<Agreement> {
  const artifacts = await artifactsOf(tf, model);
  const shape = [count, ...model.inputs[0]!.shape.slice(1)] as number[];
  const pixels = tf.randomNormal(shape, 0, 1, 'float32', seed);
  const output = model.predict(pixels) as tensorflow.Tensor;
  const expected = output.dataSync<'float32'>();
  const actual = await runOnnx(
    exportOnnx(artifacts, { outputName }),
    pixels.dataSync<'float32'>(),
    shape,
  );
  if (actual.dims.join() !== output.shape.join()) {
    throw new Error(`TensorFlow returns [${output.shape.join()}], ONNX [${actual.dims.join()}]`);
  }
  const differences = expected.map((value, index) => Math.abs(value - actual.values[index]!));
  tf.dispose([pixels, output]);
  return {
    difference: largest(differences),
    magnitude: largest(expected.map(Math.abs)),
    graph: exportGraph(artifacts, { outputName }),
  };
}

export async function runOnnx(
  file: Uint8Array,
  pixels: Float32Array,
  dims: readonly number[],
): Promise<{ values: Float32Array; dims: readonly number[] }> {
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1 });
  const outputs = await session.run({ pixels: new ort.Tensor('float32', pixels, dims) });
  const output = outputs[outputName]!;
  await session.release();
  return { values: output.data as Float32Array, dims: output.dims };
}

/** Returns the maximum, or NaN if any value is NaN. */
function largest(values: Float32Array): number {
  return values.reduce((max, value) => (value <= max ? max : value), 0);
}

export function operatorsOf(graph: GraphProto): string[] {
  return graph.node.map(({ op_type: operator }) => operator);
}

type SymbolicTensor = tensorflow.SymbolicTensor;
type Layer = tensorflow.layers.Layer;

/** Builds a model from some layers. Its output is a vector, as in every exported model. */
export function modelOf(
  tf: TensorFlow,
  shape: readonly number[],
  build: (input: SymbolicTensor) => SymbolicTensor,
): tensorflow.LayersModel {
  const inputs = tf.input({ shape: [...shape] });
  const result = build(inputs);
  const outputs = result.rank === 4 ? apply(tf.layers.flatten(), result) : result;
  const model = tf.model({ inputs, outputs });
  randomizeWeights(tf, model);
  return model;
}

export function apply(layer: Layer, ...inputs: SymbolicTensor[]): SymbolicTensor {
  return layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as SymbolicTensor;
}

/** Applies the layers in sequence. */
export function chain(input: SymbolicTensor, ...layers: Layer[]): SymbolicTensor {
  return layers.reduce((value, layer) => apply(layer, value), input);
}

/** Uses a tolerance well within the 1e-4 that the engines guarantee. */
export function expectAgreement({ difference, magnitude }: Agreement): void {
  expect(magnitude).toBeGreaterThan(1e-3);
  expect(difference).toBeLessThan(2e-5);
}

/**
 * Expects both runtimes to agree on a model.
 * @returns the operators of its export
 */
export async function agree(
  tf: TensorFlow,
  shape: readonly number[],
  build: (input: SymbolicTensor) => SymbolicTensor,
): Promise<string[]> {
  const agreement = await compareRuntimes(tf, modelOf(tf, shape, build));
  expectAgreement(agreement);
  return operatorsOf(agreement.graph);
}
