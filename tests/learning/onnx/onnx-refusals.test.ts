import { describe, expect, it } from 'vitest';
import { InvalidModelError, UnsupportedLayerError } from '../../../src/learning/onnx/errors.ts';
import { type LayersModelArtifacts, exportOnnx } from '../../../src/learning/onnx/export.ts';

interface LayerJson {
  class_name: string;
  config: { name: string } & Record<string, unknown>;
}

/** A Sequential model with the given layer and an input of 4×4 pixels. */
function sequentialOf(layer: LayerJson, inputShape: (number | null)[] = [4, 4, 1]): object {
  const config = { name: 'pixels', batch_input_shape: [null, ...inputShape] };
  const layers = [{ class_name: 'InputLayer', config }, layer];
  return { class_name: 'Sequential', config: { name: 'model', layers } };
}

function exporting(artifacts: LayersModelArtifacts): () => Uint8Array {
  return () => exportOnnx(artifacts, { outputName: 'age_distribution' });
}

function exportingTopology(modelTopology: object): () => Uint8Array {
  return exporting({ modelTopology, weightSpecs: [], weightData: new ArrayBuffer(0) });
}

const conv = {
  name: 'eyes',
  filters: 1,
  kernel_size: [3, 3],
  strides: [1, 1],
  padding: 'same',
  data_format: 'channels_last',
  activation: 'linear',
  use_bias: false,
};

describe('a layer that cannot be exported', () => {
  it('is rejected with its name and class', () => {
    const layer = { class_name: 'Lambda', config: { name: 'my_trick' } };
    const error = new UnsupportedLayerError(
      'my_trick',
      'Lambda',
      'this layer class is not supported.',
    );
    expect(exportingTopology(sequentialOf(layer))).toThrow(error);
    expect(exportingTopology(sequentialOf(layer))).toThrow(UnsupportedLayerError);
  });

  it('is rejected with its name if it is a nested model', () => {
    const inner = { class_name: 'Sequential', config: { name: 'backbone', layers: [] } };
    expect(exportingTopology(sequentialOf(inner))).toThrow(
      'Layer "backbone" (Sequential) cannot be exported: nested models are not supported.',
    );
  });

  it.each([
    [{ ...conv, padding: 'causal' }, 'padding: only padding "same" and "valid" are supported.'],
    [
      { ...conv, data_format: 'channels_first' },
      'data_format: only data_format channels_last is supported.',
    ],
    [{ ...conv, groups: 2 }, 'groups: grouped convolutions are not supported.'],
    [{ ...conv, padding: 'valid', kernel_size: [9, 9] }, 'its window of 9 does not fit into 4.'],
  ])('is rejected for its configuration %#', (config, reason) => {
    expect(exportingTopology(sequentialOf({ class_name: 'Conv2D', config }))).toThrow(
      new UnsupportedLayerError('eyes', 'Conv2D', reason),
    );
  });

  it.each([
    ['Activation', { activation: 'selu' }, 'the activation "selu" is not supported.'],
    ['ReLU', { negative_slope: 0.2 }, 'only a plain ReLU is supported.'],
    ['Softmax', { axis: 1 }, 'axis 1 is not the last one.'],
    ['BatchNormalization', { axis: 1 }, 'axis 1 is not the channel axis.'],
    ['Reshape', { target_shape: [5, -1] }, '16 values do not fit the shape [5,-1].'],
    ['DepthwiseConv2D', { ...conv, dilation_rate: [2, 2] }, 'tfjs ignores the dilation'],
  ])('%s with %o is rejected', (className, config, reason) => {
    const layer = { class_name: className, config: { ...config, name: 'odd_one' } };
    const attempt = exportingTopology(sequentialOf(layer));
    expect(attempt).toThrow(UnsupportedLayerError);
    expect(attempt).toThrow(`Layer "odd_one" (${className}) cannot be exported`);
    expect(attempt).toThrow(reason);
  });

  it('is rejected if it requires an image and the input is not one', () => {
    const layer = { class_name: 'GlobalAveragePooling2D', config: { name: 'pool' } };
    expect(exportingTopology(sequentialOf(layer, [7]))).toThrow(
      new UnsupportedLayerError(
        'pool',
        'GlobalAveragePooling2D',
        'its input is not an image but has the shape [7].',
      ),
    );
  });

  it.each([
    ['Add', {}, 'its inputs have the shapes [4,4,1] and [1].'],
    ['Concatenate', { axis: -1 }, 'its inputs have the shapes [4,4,1], [1].'],
    ['Concatenate', { axis: 1 }, 'axis 1 is not the last one.'],
  ])('is rejected if the inputs of an %s with %o do not fit', (className, options, reason) => {
    const pixels = {
      class_name: 'InputLayer',
      config: { name: 'pixels', batch_input_shape: [null, 4, 4, 1] },
    };
    const pool = {
      class_name: 'GlobalAveragePooling2D',
      config: { name: 'pool' },
      inbound_nodes: [[['pixels', 0, 0, {}]]],
    };
    const merge = {
      class_name: className,
      config: { name: 'merged', ...options },
      inbound_nodes: [
        [
          ['pixels', 0, 0, {}],
          ['pool', 0, 0, {}],
        ],
      ],
    };
    const config = {
      layers: [pixels, pool, merge],
      input_layers: [['pixels', 0, 0]],
      output_layers: [['merged', 0, 0]],
    };
    expect(exportingTopology({ class_name: 'Model', config })).toThrow(
      new UnsupportedLayerError('merged', className, reason),
    );
  });
});

describe('invalid artifacts', () => {
  const modelTopology = sequentialOf({ class_name: 'Conv2D', config: conv });
  const spec = (shape: number[]): object => ({ name: 'eyes/kernel', shape, dtype: 'float32' });

  it.each<[string, LayersModelArtifacts, string]>([
    ['no artifacts', {}, 'modelTopology, weightSpecs or weightData is missing'],
    [
      'an invalid topology',
      { modelTopology: { node: [] }, weightSpecs: [], weightData: new ArrayBuffer(0) },
      'Topology',
    ],
    [
      'a missing weight',
      { modelTopology, weightSpecs: [], weightData: new ArrayBuffer(0) },
      'The weight eyes/kernel is missing.',
    ],
    [
      'a weight with a different shape',
      { modelTopology, weightSpecs: [spec([3, 3])], weightData: new ArrayBuffer(36) },
      'eyes/kernel has the dimensions [3,3], not [3,3,1,1].',
    ],
    [
      'too few bytes',
      { modelTopology, weightSpecs: [spec([3, 3, 1, 1])], weightData: new ArrayBuffer(35) },
      'The weight data ends within eyes/kernel.',
    ],
    [
      'too many bytes',
      {
        modelTopology,
        weightSpecs: [spec([3, 3, 1, 1])],
        weightData: [new ArrayBuffer(36), new ArrayBuffer(4)],
      },
      '4 bytes too many',
    ],
    [
      'integer weights',
      {
        modelTopology,
        weightSpecs: [{ ...spec([1]), dtype: 'int32' }],
        weightData: new ArrayBuffer(4),
      },
      'only float32',
    ],
    [
      'quantized weights',
      {
        modelTopology,
        weightSpecs: [{ ...spec([4]), quantization: { dtype: 'uint8' } }],
        weightData: new ArrayBuffer(4),
      },
      'quantized',
    ],
  ])('rejects %s', (_case, artifacts, reason) => {
    expect(exporting(artifacts)).toThrow(InvalidModelError);
    expect(exporting(artifacts)).toThrow(reason);
  });

  it('an input without a fixed size is rejected', () => {
    const open = sequentialOf({ class_name: 'Conv2D', config: conv }, [null, null, 1]);
    expect(exportingTopology(open)).toThrow('the input size must be fixed');
  });

  it('a model with two outputs is rejected', () => {
    const { config } = sequentialOf({ class_name: 'Conv2D', config: conv }) as { config: object };
    const ends = {
      input_layers: [['pixels', 0, 0]],
      output_layers: [
        ['eyes', 0, 0],
        ['pixels', 0, 0],
      ],
    };
    expect(exportingTopology({ class_name: 'Model', config: { ...config, ...ends } })).toThrow(
      'only models with one input and one output can be exported',
    );
  });
});
