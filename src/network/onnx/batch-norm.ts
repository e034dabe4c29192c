import { z } from 'zod';
import { isLastAxis } from './activation.ts';
import { refuse } from './errors.ts';
import { type LayerContext, layerKind } from './layer-kind.ts';
import { channelsOf, isImage } from './shape.ts';
import type { Tensor } from './weights.ts';

export const batchNormalizationSchema = z.object({
  /** Keras wraps it in a list. */
  axis: z.union([z.int(), z.tuple([z.int()]).transform(([axis]) => axis)]).default(-1),
  epsilon: z.number().positive().default(1e-3),
  center: z.boolean().default(true),
  scale: z.boolean().default(true),
});
type Config = z.infer<typeof batchNormalizationSchema>;

/** y = scale · x + shift per channel: what batch normalisation is in inference. */
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

/** tf.layers.batchNormalization where it could not be folded into the layer before it. */
export const batchNormalization = layerKind({
  config: batchNormalizationSchema,
  outputShape: ({ axis }, [input]) =>
    isLastAxis(axis, input!) ? input! : refuse(`axis ${axis} is not the channels.`),
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
