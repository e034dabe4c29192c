import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import type { LayerFactory } from '../networks/architecture.ts';
import { seededRandom } from '../../common/random.ts';
import { nativeOps, type NativeOps, type Reserved } from './native-ops.ts';

type Tensor = tensorflow.Tensor;
type Layer = tensorflow.layers.Layer;
type Save = (tensors: Tensor[]) => void;

const EPSILON = 1e-3;
/** Weight of the current batch in the moving mean and variance. */
const NEWEST_SHARE = 0.03;

/**
 * Training layers that use TensorFlow's fused kernels for batch normalization and the gradient of ReLU, which tfjs
 * composes from many small operations. They serialize as the library's own layers. The dropout masks are derived from
 * `stepSeed` at each step, so a run is reproducible and a resumed run continues with the same masks.
 */
export function fusedLayers(tf: TensorFlow, stepSeed: () => number): LayerFactory {
  const ops = nativeOps(tf, { epsilon: EPSILON, newestShare: NEWEST_SHARE });
  let dropouts = 0;
  return {
    normalization: (options) => {
      const layer = tf.layers.batchNormalization({
        ...options,
        epsilon: EPSILON,
        momentum: 1 - NEWEST_SHARE,
      });
      return withComputations(layer, {
        training: (input) => normalize(tf, ops, layer, input),
        predicting: (input) => applyMovingStatistics(tf, layer, input),
      });
    },
    relu: (options) =>
      withComputations(tf.layers.reLU(options), { training: (input) => relu(tf, ops, input) }),
    dropout: (options) => {
      const index = dropouts++;
      const seed = (): number => Math.floor(seededRandom(stepSeed(), index)() * 2 ** 31);
      return withComputations(tf.layers.dropout(options), {
        training: (input) => tf.dropout(input, options.rate, undefined, seed()),
      });
    },
  };
}

interface Computations {
  training: (input: Tensor) => Tensor;
  /** By default, the library's own computation. */
  predicting?: (input: Tensor) => Tensor;
}

/** Replaces the computations of a layer; its serialized form is unchanged. */
function withComputations(layer: Layer, { training, predicting }: Computations): Layer {
  const predict = layer.call.bind(layer);
  layer.call = (inputs, options) => {
    const input = Array.isArray(inputs) ? inputs[0]! : inputs;
    if (options.training === true) return training(input);
    return predicting === undefined ? predict(inputs, options) : predicting(input);
  };
  return layer;
}

function relu(tf: TensorFlow, ops: NativeOps, input: Tensor): Tensor {
  const withGradient = tf.customGrad((x, save) => {
    const value = tf.relu(x as Tensor);
    (save as Save)([value]);
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => ops.reluGradient(dy, saved[0]!) };
  });
  return withGradient(input);
}

/** Uses one multiplication and one addition, since TensorFlow's fused kernel is ten times slower on a CPU in inference. */
function applyMovingStatistics(tf: TensorFlow, layer: Layer, input: Tensor): Tensor {
  return tf.tidy(() => {
    const [gamma, beta, mean, variance] = weightsOf(layer).map((weight) => weight.read());
    const scale = tf.mul(gamma!, tf.rsqrt(tf.add(variance!, EPSILON)));
    const offset = tf.sub(beta!, tf.mul(mean!, scale));
    return tf.add(tf.mul(input, scale), offset);
  });
}

/** The new moving statistics are kept beyond the gradient scope, written to the layer, and then disposed. */
function normalize(tf: TensorFlow, ops: NativeOps, layer: Layer, input: Tensor): Tensor {
  const [gamma, beta, mean, variance] = weightsOf(layer);
  const kept: Tensor[] = [];
  const withGradient = tf.customGrad((...args) => {
    const [x, scale, offset, save] = args as unknown as [Tensor, Tensor, Tensor, Save];
    const { output, moving, reserved } = ops.batchNormalization(x, scale, offset, {
      mean: mean.read(),
      variance: variance.read(),
    });
    kept.push(tf.keep(moving.mean), tf.keep(moving.variance));
    save([x, scale, ...reserved]);
    const gradFunc = (dy: Tensor, [savedX, savedScale, ...rest]: Tensor[]) =>
      ops.batchNormalizationGradient(dy, savedX!, savedScale!, rest as Reserved);
    return { value: output, gradFunc };
  });
  // The kernel accepts only images, so rows of features are passed as images of one pixel.
  const images =
    input.rank === 4 ? input : tf.reshape(input, [input.shape[0], 1, 1, input.shape.at(-1)!]);
  const output = withGradient(images, gamma.read(), beta.read());
  mean.write(kept[0]!);
  variance.write(kept[1]!);
  tf.dispose(kept);
  return tf.reshape(output, input.shape);
}

/** Gamma, beta, moving mean, and moving variance. */
function weightsOf(layer: Layer): [Weight, Weight, Weight, Weight] {
  return layer.weights as unknown as [Weight, Weight, Weight, Weight];
}

/** A weight of a layer; `write` copies the value. */
interface Weight {
  read(): Tensor;
  write(value: Tensor): unknown;
}
