import type { tensorflow, TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';

type Tensor = tensorflow.Tensor;

/** An attribute of a TensorFlow operation, in the form that the backend of tfjs-node expects. */
interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}

type AttributeType =
  'TF_ATTR_FLOAT' | 'TF_ATTR_STRING' | 'TF_ATTR_BOOL' | 'TF_ATTR_TYPE' | 'TF_FLOAT';

/** The part of the tfjs-node backend that runs a TensorFlow operation by name. */
interface NativeBackend {
  binding: Record<AttributeType, number>;
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: Tensor[],
    outputCount: number,
  ): Tensor[];
}

/** Intermediate results of the forward pass of batch normalization that its backward pass needs. */
export type Reserved = [Tensor, Tensor, Tensor];

/** Fused TensorFlow training kernels for which tfjs has no function. Tensors are float32, and images are NHWC. */
export interface NativeOps {
  /** `ReluGrad`: dy where the output of the ReLU is positive, else 0. */
  reluGradient(dy: Tensor, output: Tensor): Tensor;
  /** `FusedBatchNormV3`: the normalized batch and the updated moving statistics. */
  batchNormalization(
    input: Tensor,
    scale: Tensor,
    offset: Tensor,
    moving: { mean: Tensor; variance: Tensor },
  ): {
    output: Tensor;
    moving: { mean: Tensor; variance: Tensor };
    reserved: Reserved;
  };
  /** `FusedBatchNormGradV3`: the gradients of input, scale, and offset. */
  batchNormalizationGradient(
    dy: Tensor,
    input: Tensor,
    scale: Tensor,
    reserved: Reserved,
  ): Tensor[];
}

/** @param options `newestShare` is the weight of the current batch in the moving statistics */
export function nativeOps(
  tf: TensorFlow,
  options: { epsilon: number; newestShare: number },
): NativeOps {
  const backend = tf.backend() as unknown as NativeBackend;
  const { type, normalization, withAverage } = attributesOf(backend, options);
  const run = backend.executeMultipleOutputs.bind(backend);
  return {
    reluGradient: (dy, output) => run('ReluGrad', [type], [dy, output], 1)[0]!,
    batchNormalization: (input, scale, offset, moving) => {
      const inputs = [input, scale, offset, moving.mean, moving.variance];
      const [output, mean, variance, ...reserved] = run('FusedBatchNormV3', withAverage, inputs, 6);
      return {
        output: output!,
        moving: { mean: mean!, variance: variance! },
        reserved: reserved as Reserved,
      };
    },
    batchNormalizationGradient: (dy, input, scale, reserved) =>
      run('FusedBatchNormGradV3', normalization, [dy, input, scale, ...reserved], 5).slice(0, 3),
  };
}

function attributesOf(
  { binding }: NativeBackend,
  { epsilon, newestShare }: { epsilon: number; newestShare: number },
) {
  const { TF_ATTR_FLOAT, TF_ATTR_STRING, TF_ATTR_BOOL, TF_ATTR_TYPE, TF_FLOAT } = binding;
  const type = { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT };
  const normalization = [
    type,
    { name: 'U', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'epsilon', type: TF_ATTR_FLOAT, value: epsilon },
    { name: 'data_format', type: TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: TF_ATTR_BOOL, value: true },
  ];
  const average = { name: 'exponential_avg_factor', type: TF_ATTR_FLOAT, value: newestShare };
  return { type, normalization, withAverage: [...normalization, average] };
}
