import { z } from 'zod';
import { isLastAxis } from './activation.ts';
import { refuse, InvalidModelError } from './errors.ts';
import { type LayerContext, layerKind } from './layer-kind.ts';
import { type Network, type Operation, redirect } from './network.ts';
import { channelsOf, isImage, sizeOf } from './shape.ts';
import { type Tensor, type LayerWeights, weightOf } from './weights.ts';

export const batchNormalizationSchema = z.object({
  /** Keras wraps the axis in a list. */
  axis: z.union([z.int(), z.tuple([z.int()]).transform(([axis]) => axis)]).default(-1),
  epsilon: z.number().positive().default(1e-3),
  center: z.boolean().default(true),
  scale: z.boolean().default(true),
});
type Config = z.infer<typeof batchNormalizationSchema>;

/** y = scale · x + shift per channel, the inference form of batch normalization. */
export interface ChannelAffine {
  scale: Float64Array;
  shift: Float64Array;
}

/** Ioffe & Szegedy 2015, "Batch Normalization", algorithm 2, step 11. */
export function channelAffine(
  { epsilon, center, scale: scales }: Config,
  channels: number,
  weight: (name: string, dims: readonly number[]) => Tensor,
): ChannelAffine {
  const { data: variance } = weight('moving_variance', [channels]);
  const { data: mean } = weight('moving_mean', [channels]);
  const gamma = scales ? weight('gamma', [channels]).data : undefined;
  const beta = center ? weight('beta', [channels]).data : undefined;
  const scale = Float64Array.from(
    variance,
    (value, channel) => (gamma?.[channel] ?? 1) / Math.sqrt(value + epsilon),
  );
  const shift = scale.map((factor, channel) => (beta?.[channel] ?? 0) - mean[channel]! * factor);
  return { scale, shift };
}

/** tf.layers.batchNormalization, if it cannot be folded into the previous layer. */
export const batchNormalization = layerKind({
  config: batchNormalizationSchema,
  outputShape: ({ axis }, [input]) =>
    isLastAxis(axis, input!) ? input! : refuse(`axis ${axis} is not the channel axis.`),
  emit: (context) => {
    const { shape } = context.inputs[0]!;
    const affine = channelAffine(context.config, channelsOf(shape), context.weight);
    return emitAffine(context, affine, isImage(shape));
  },
});

function emitAffine(
  { graph, name, inputs }: LayerContext<Config>,
  { scale, shift }: ChannelAffine,
  image: boolean,
): string {
  const dims = image ? [scale.length, 1, 1] : [scale.length];
  const factor = graph.floats(`${name}/scale`, { dims, data: new Float32Array(scale) });
  const offset = graph.floats(`${name}/shift`, { dims, data: new Float32Array(shift) });
  const scaled = graph.node('Mul', `${name}/scaled`, [inputs[0]!.name, factor]);
  return graph.node('Add', name, [scaled, offset]);
}

/** Layers that batch normalization folds into: the name of their kernel, and how many of its last axes index channels. */
const foldable: Readonly<Record<string, { kernel: string; channelAxes: number }>> = {
  Conv2D: { kernel: 'kernel', channelAxes: 1 },
  DepthwiseConv2D: { kernel: 'depthwise_kernel', channelAxes: 2 },
  Dense: { kernel: 'kernel', channelAxes: 1 },
};

/**
 * Folds each batch normalization into the preceding convolution or dense layer if nothing else reads the output of that
 * layer. (An activation is a separate operation, so the preceding operation is linear.)
 * @throws InvalidModelError if weights are missing or have the wrong dimensions.
 */
export function foldBatchNormalization(network: Network): Network {
  const readers = countReaders(network);
  const operations = new Map(network.operations.map((operation) => [operation.name, operation]));
  const replacements = new Map<string, string>();
  for (const operation of network.operations) {
    const input = operation.inputs[0]!;
    const previous = operations.get(replacements.get(input) ?? input);
    if (!previous || readers.get(input) !== 1 || !folds(operation, previous)) continue;
    operations.set(previous.name, folded(previous, operation));
    operations.delete(operation.name);
    replacements.set(operation.name, previous.name);
  }
  return redirect({ ...network, operations: [...operations.values()] }, replacements);
}

function countReaders({ operations, output }: Network): Map<string, number> {
  const readers = new Map([[output, 1]]);
  for (const input of operations.flatMap(({ inputs }) => inputs)) {
    readers.set(input, (readers.get(input) ?? 0) + 1);
  }
  return readers;
}

function folds(operation: Operation, previous: Operation): boolean {
  if (
    operation.className !== 'BatchNormalization' ||
    !Object.hasOwn(foldable, previous.className)
  ) {
    return false;
  }
  const parsed = batchNormalizationSchema.safeParse(operation.config);
  return parsed.success && parsed.data.axis === -1;
}

function folded(layer: Operation, normalization: Operation): Operation {
  const { kernel: kernelName, channelAxes } = foldable[layer.className]!;
  const kernel = layer.weights.get(kernelName);
  if (!kernel) throw new InvalidModelError(`The weight ${layer.name}/${kernelName} is missing.`);
  const channels = sizeOf(kernel.dims.slice(-channelAxes));
  const { scale, shift } = channelAffine(
    batchNormalizationSchema.parse(normalization.config),
    channels,
    (name, dims) => weightOf(normalization.weights, normalization.name, name, dims),
  );
  const bias = layer.weights.get('bias')?.data;
  const foldedKernel = kernel.data.map((value, index) => value * scale[index % channels]!);
  const foldedBias = Float32Array.from(
    shift,
    (value, channel) => value + (bias?.[channel] ?? 0) * scale[channel]!,
  );
  const weights: LayerWeights = new Map<string, Tensor>([
    [kernelName, { dims: kernel.dims, data: foldedKernel }],
    ['bias', { dims: [channels], data: foldedBias }],
  ]);
  return { ...layer, config: { ...layer.config, use_bias: true }, weights };
}
