import { z } from 'zod';
import { boundedArray, boundedValues } from '../../../common/bounded-array.ts';
import { facesModes } from '../../predict/predict-query.ts';

const MOST_DIMENSIONS = 8;
/** Maximum number of inputs or outputs of a request; the model has two and three. */
const MOST_TENSORS = 16;
/** A thousand photos of 128 × 128 pixels. */
export const MOST_VALUES = 1 << 24;

const name = z.string().max(100);

/** Parameters of a request or a tensor. As the protocol requires, unknown ones are ignored. */
const parametersSchema = z.looseObject({});

const inputSchema = z.object({
  name,
  shape: boundedArray(z.int().min(0), { min: 1, max: MOST_DIMENSIONS }),
  datatype: name,
  parameters: parametersSchema
    .extend({
      binary_data_size: z
        .int()
        .min(0)
        .optional()
        .describe('bytes of this tensor after the JSON, instead of `data`'),
    })
    .optional(),
  data: boundedValues(MOST_VALUES)
    .optional()
    .describe('in row-major order, flat or nested; photos as base64'),
});

const requestedOutputSchema = z.object({
  name,
  parameters: parametersSchema
    .extend({
      binary_data: z.boolean().optional().describe('after the JSON instead of in it'),
      classification: z
        .int()
        .positive()
        .optional()
        .describe('answer with this many of the largest values, as "value:index:label"'),
    })
    .optional(),
});

/** Output names are unique, as clients look tensors up by name. */
function areNamedOnce(outputs: readonly { name: string }[]): boolean {
  return new Set(outputs.map(({ name }) => name)).size === outputs.length;
}

/** The JSON of `POST /v2/models/{name}/infer`. */
export const inferRequestSchema = z.object({
  id: z.string().max(200).optional(),
  parameters: parametersSchema
    .extend({
      binary_data_output: z.boolean().optional().describe('whether all outputs are binary'),
      faces: z
        .enum(facesModes)
        .optional()
        .describe(
          'none (default): each photo is the framed face; largest: its largest face is found; all: one row for each face',
        ),
    })
    .optional(),
  inputs: boundedArray(inputSchema, { min: 1, max: MOST_TENSORS }),
  outputs: boundedArray(requestedOutputSchema, { max: MOST_TENSORS })
    .refine(areNamedOnce, 'name each output once')
    .optional()
    .describe('all outputs where none is named; each at most once'),
});

export type InferRequest = z.infer<typeof inferRequestSchema>;
export type InputTensor = z.infer<typeof inputSchema>;
export type RequestedOutput = z.infer<typeof requestedOutputSchema>;

const outputSchema = z.object({
  name: z.string(),
  datatype: z.enum(['FP32', 'INT64', 'BYTES']),
  shape: z.array(z.int()),
  parameters: z.object({ binary_data_size: z.int() }).optional(),
  data: z.array(z.union([z.number(), z.string()])).optional(),
});

export const inferAnswerSchema = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  outputs: z.array(outputSchema),
});

export type OutputTensor = z.infer<typeof outputSchema>;

/** The format of every error under `/v2`. */
export const protocolFaultSchema = z.object({ error: z.string() });

export const serverLiveSchema = z.object({ live: z.literal(true) });
export const serverReadySchema = z.object({ ready: z.literal(true) });
export const modelReadySchema = z.object({ name: z.string(), ready: z.literal(true) });

export const serverMetadataSchema = z.object({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
});

const tensorMetadataSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int()).describe('-1 for a dimension that the request decides'),
});

export const modelMetadataSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(tensorMetadataSchema).describe('a request contains one of them'),
  outputs: z.array(tensorMetadataSchema),
});

const durationSchema = z.object({ count: z.int(), ns: z.int() });

export const modelStatsSchema = z.object({
  model_stats: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      last_inference: z.int().describe('milliseconds since 1970'),
      inference_count: z.int().describe('photos'),
      execution_count: z.int().describe('batches'),
      inference_stats: z.object({
        success: durationSchema,
        fail: durationSchema,
        queue: durationSchema,
        compute_input: durationSchema,
        compute_infer: durationSchema,
        compute_output: durationSchema,
      }),
      batch_stats: z.array(z.object({ batch_size: z.int(), compute_infer: durationSchema })),
    }),
  ),
});

export type ModelStats = z.infer<typeof modelStatsSchema>;

export const repositoryIndexSchema = z.array(
  z.object({
    name: z.string(),
    version: z.string(),
    state: z.enum(['READY', 'LOADING', 'UNAVAILABLE']),
    reason: z.string(),
  }),
);

export const indexRequestSchema = z.object({
  ready: z.boolean().optional().describe('only versions that are ready'),
});
