import type { tensorflow, TensorFlow } from '../engine/tensorflow-runtime.ts';
import type { LayerFactory } from '../network/architectures/architecture.ts';

type Tensor = tensorflow.Tensor;
type Layer = tensorflow.layers.Layer;

/** One attribute of a TensorFlow operation, as tfjs-node's backend takes it. */
interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}

/** The part of tfjs-node's backend that runs any TensorFlow operation by name. */
interface NativeBackend {
  binding: Record<
    'TF_ATTR_FLOAT' | 'TF_ATTR_STRING' | 'TF_ATTR_BOOL' | 'TF_ATTR_TYPE' | 'TF_FLOAT',
    number
  >;
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: Tensor[],
    outputCount: number,
  ): Tensor[];
}

const EPSILON = 1e-3;
/** Weight of the newest batch in the moving mean and variance. */
const MOVING_AVERAGE_FACTOR = 0.03;

/**
 * Layers for training that run TensorFlow's fused kernels where tfjs composes many small operations: batch
 * normalisation (`FusedBatchNormV3` and its gradient) and the gradient of ReLU (`ReluGrad`). They serialise as
 * the library's own layers. Dropout draws its seeds from the given one, so a run is repeatable.
 */
export function fusedLayers(tf: TensorFlow, seed: number): LayerFactory {
  const backend = tf.backend() as unknown as NativeBackend;
  let dropoutSeed = seed;
  return {
    normalization: (options) => {
      const layer = tf.layers.batchNormalization({
        ...options,
        epsilon: EPSILON,
        momentum: 1 - MOVING_AVERAGE_FACTOR,
      });
      return inTraining(layer, (input) => fusedBatchNormalization(tf, backend, layer, input));
    },
    relu: (options) =>
      inTraining(tf.layers.reLU(options), (input) => fusedRelu(tf, backend, input)),
    dropout: (options) =>
      inTraining(tf.layers.dropout(options), (input) =>
        tf.dropout(input, options.rate, undefined, dropoutSeed++),
      ),
  };
}

/** Replaces what a layer computes in training; it predicts and serialises as before. */
function inTraining(layer: Layer, compute: (input: Tensor) => Tensor): Layer {
  const predict = layer.call.bind(layer);
  layer.call = (inputs, options) =>
    options['training'] === true
      ? compute(Array.isArray(inputs) ? inputs[0]! : inputs)
      : predict(inputs, options);
  return layer;
}

function fusedRelu(tf: TensorFlow, backend: NativeBackend, input: Tensor): Tensor {
  const { TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  const attributes = [{ name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }];
  const relu = tf.customGrad((x, save) => {
    const value = tf.relu(x as Tensor);
    (save as (tensors: Tensor[]) => void)([value]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) =>
      backend.executeMultipleOutputs('ReluGrad', attributes, [dy, saved[0]!], 1)[0]!;
    return { value, gradFunc };
  });
  return relu(input);
}

function fusedBatchNormalization(
  tf: TensorFlow,
  backend: NativeBackend,
  layer: Layer,
  input: Tensor,
): Tensor {
  const [gamma, beta, movingMean, movingVariance] = layer.weights as unknown as [
    Weight,
    Weight,
    Weight,
    Weight,
  ];
  const moving: Tensor[] = [];
  const normalise = tf.customGrad((...args) => {
    const [x, scale, offset] = args as unknown as [Tensor, Tensor, Tensor];
    const save = args[3] as unknown as (tensors: Tensor[]) => void;
    const [value, mean, variance, ...reserved] = backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      [
        ...normalizationAttributes(backend),
        {
          name: 'exponential_avg_factor',
          type: backend.binding.TF_ATTR_FLOAT,
          value: MOVING_AVERAGE_FACTOR,
        },
      ],
      [x, scale, offset, movingMean.read(), movingVariance.read()],
      6,
    ) as [Tensor, Tensor, Tensor, ...Tensor[]];
    moving.push(tf.keep(mean), tf.keep(variance));
    save([x, scale, ...reserved]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) =>
      backend
        .executeMultipleOutputs(
          'FusedBatchNormGradV3',
          normalizationAttributes(backend),
          [dy, ...saved],
          5,
        )
        .slice(0, 3);
    return { value, gradFunc };
  });
  const output = normalise(input, gamma.read(), beta.read());
  movingMean.write(moving[0]!);
  movingVariance.write(moving[1]!);
  tf.dispose(moving);
  return output;
}

/** A layer's weight; `write` copies. */
interface Weight {
  read(): Tensor;
  write(value: Tensor): unknown;
}

function normalizationAttributes({ binding }: NativeBackend): OpAttribute[] {
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'U', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: EPSILON },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];
}
