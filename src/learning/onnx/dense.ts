import { z } from 'zod';
import { outputsFirst } from './conv.ts';
import { type LayerContext, layerKind } from './layer-kind.ts';
import { channelsOf, isImage, sizeOf } from './shape.ts';
import type { Tensor } from './weights.ts';

const denseSchema = z.object({
  units: z.int().positive(),
  use_bias: z.boolean().default(true),
});
type DenseContext = LayerContext<z.infer<typeof denseSchema>>;

/** tf.layers.dense over the last axis of any shape, with a kernel of [in, out]. */
export const dense = layerKind({
  config: denseSchema,
  outputShape: ({ units }, [input]) => [...input!.slice(0, -1), units],
  multiplyAccumulates: ({ units }, [input]) => sizeOf(input!) * units,
  emit: (context) => {
    const { config, inputs, weight } = context;
    const { shape } = inputs[0]!;
    const channels = channelsOf(shape);
    const kernel = weight('kernel', [channels, config.units]);
    const bias = config.use_bias ? weight('bias', [config.units]) : undefined;
    if (isImage(shape)) return emitPointwise(context, kernel, bias);
    if (shape.length === 1) return emitMatrix(context, kernel, bias);
    return emitLastAxis(context, kernel, bias);
  },
});

function emitMatrix(
  { graph, name, inputs }: DenseContext,
  kernel: Tensor,
  bias: Tensor | undefined,
): string {
  const operands = [inputs[0]!.name, graph.floats(`${name}/kernel`, kernel)];
  if (bias) operands.push(graph.floats(`${name}/bias`, bias));
  return graph.node('Gemm', name, operands);
}

/** A dense layer over the channels of an image is a 1×1 convolution. */
function emitPointwise(
  { graph, name, inputs }: DenseContext,
  kernel: Tensor,
  bias: Tensor | undefined,
): string {
  const weights = outputsFirst({ dims: [1, 1, ...kernel.dims], data: kernel.data });
  const operands = [inputs[0]!.name, graph.floats(`${name}/kernel`, weights)];
  if (bias) operands.push(graph.floats(`${name}/bias`, bias));
  return graph.node('Conv', name, operands, { kernel_shape: [1, 1] });
}

function emitLastAxis(
  { graph, name, inputs }: DenseContext,
  kernel: Tensor,
  bias: Tensor | undefined,
): string {
  const weights = graph.floats(`${name}/kernel`, kernel);
  const product = graph.node('MatMul', name, [inputs[0]!.name, weights]);
  if (!bias) return product;
  return graph.node('Add', `${name}/biased`, [product, graph.floats(`${name}/bias`, bias)]);
}
