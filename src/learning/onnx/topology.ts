import { z } from 'zod';
import { InvalidModelError } from './errors.ts';

/** [layer, index of the call, index of the output, arguments of the call] */
const inboundSchema = z
  .tuple([z.string(), z.int(), z.literal(0)])
  .rest(z.unknown())
  .transform(([layer, call]) => ({ layer, call }));

const layerSchema = z.object({
  class_name: z.string(),
  config: z.looseObject({ name: z.string() }),
  /** The inputs of each call of the layer. */
  inbound_nodes: z.array(z.array(inboundSchema)).default([]),
});

const endsSchema = z.tuple(
  [inboundSchema],
  'only models with one input and one output can be exported',
);

const functionalSchema = z.object({
  class_name: z.enum(['Model', 'Functional']),
  config: z.object({
    layers: z.array(layerSchema).min(1),
    input_layers: endsSchema,
    output_layers: endsSchema,
  }),
});

const sequentialLayersSchema = z.array(layerSchema).min(1);
const sequentialSchema = z.object({
  class_name: z.literal('Sequential'),
  config: z.union([
    sequentialLayersSchema.transform((layers) => ({ layers })),
    z.object({ layers: sequentialLayersSchema }),
  ]),
});

const topologySchema = z.discriminatedUnion('class_name', [functionalSchema, sequentialSchema]);

export type TopologyLayer = z.infer<typeof layerSchema>;
export type LayerCallReference = z.infer<typeof inboundSchema>;

/** A model as a graph of layers. */
export interface Topology {
  layers: readonly TopologyLayer[];
  input: LayerCallReference;
  output: LayerCallReference;
}

/**
 * Reads the JSON topology of a tfjs LayersModel; a Sequential model becomes a chain.
 * @param json `modelTopology` of the artifacts, optionally wrapped in Keras' `model_config`.
 * @throws InvalidModelError
 */
export function readTopology(json: unknown): Topology {
  const wrapped = z.object({ model_config: z.unknown() }).safeParse(json);
  const parsed = topologySchema.safeParse(wrapped.success ? wrapped.data.model_config : json);
  if (!parsed.success) {
    throw new InvalidModelError(`Topology: ${z.prettifyError(parsed.error)}`);
  }
  const model = parsed.data;
  if (model.class_name === 'Sequential') return chain(model.config.layers);
  const { layers, input_layers, output_layers } = model.config;
  return { layers, input: input_layers[0], output: output_layers[0] };
}

function chain(layers: readonly TopologyLayer[]): Topology {
  const linked = withInputLayer(layers).map((layer, index, all) => {
    const previous = all[index - 1];
    return previous ? { ...layer, inbound_nodes: [[firstCall(previous)]] } : layer;
  });
  return { layers: linked, input: firstCall(linked[0]!), output: firstCall(linked.at(-1)!) };
}

function withInputLayer(layers: readonly TopologyLayer[]): readonly TopologyLayer[] {
  const first = layers[0]!;
  if (first.class_name === 'InputLayer') return layers;
  const config = { ...first.config, name: `${first.config.name}_input` };
  return [{ class_name: 'InputLayer', config, inbound_nodes: [] }, ...layers];
}

function firstCall(layer: TopologyLayer): LayerCallReference {
  return { layer: layer.config.name, call: 0 };
}
