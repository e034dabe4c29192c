import { z } from 'zod';
import { engineNames, precisions } from '../inference/engine/engine.ts';
import type { ModelStatus } from '../lifecycle/model-status.ts';
import { manifestFieldsSchema, toldManifestSchema } from '../registry/manifest.ts';
import { driftSchema } from './drift-answer.ts';

const servingSchema = z.object({
  version: z.int(),
  alias: z.string(),
  engine: z.enum(engineNames),
  device: z.enum(['cpu', 'gpu']),
  precision: z.enum(precisions),
  precisionReason: z.string().describe('why this precision was chosen'),
  digest: z.string(),
  license: z.string(),
  loadedAt: z.iso.datetime(),
  inFlight: z.int(),
});

/** How far an alias is followed. */
const followedSchema = z.object({
  state: z.enum(['waiting', 'loading', 'serving', 'failed']).describe('of the desired version'),
  reason: z.string().nullable().describe('why the desired version does not serve'),
  current: servingSchema.nullable(),
  desired: z.object({ alias: z.string(), version: z.int() }).nullable(),
});

const canarySchema = followedSchema.extend({
  weight: z.number().nullable().describe('share that it is meant to answer; null without alias'),
});

const splitSchema = z.object({
  alias: z.string(),
  version: z.int(),
  share: z.number().describe('of the clients that name no version'),
});

/** The answer of `GET /v1/models`. */
export const modelsAnswerSchema = followedSchema.extend({
  name: z.string(),
  registry: z.string().describe('where the models are read from'),
  standby: z.int().nullable().describe('the version that served before and is still loaded'),
  split: z.array(splitSchema).describe('who answers what share now'),
  canary: canarySchema.nullable().describe('null where the server follows none'),
  shadow: followedSchema.nullable().describe('null where the server follows none'),
  drift: driftSchema.nullable().describe('null where it is not watched or no model serves'),
  engine: z.object({
    name: z.enum(engineNames),
    device: z.enum(['cpu', 'gpu']),
    reason: z.string().describe('why this engine was chosen'),
  }),
  versions: z.array(z.int()).nullable().describe('null where the registry does not answer'),
  aliases: z.record(z.string(), z.int()).nullable(),
});

export type ModelsAnswer = z.infer<typeof modelsAnswerSchema>;

/** Of any alias. */
export function toFollowed(status: ModelStatus): z.infer<typeof followedSchema> {
  return {
    state: status.state,
    reason: status.reason ?? null,
    current: toServing(status),
    desired: status.desired ?? null,
  };
}

/** Who answers what share of the traffic: nobody before a version serves. */
export function toSplit(
  { current }: ModelStatus,
  canary?: { share: number; status: ModelStatus },
): ModelsAnswer['split'] {
  if (current === undefined) return [];
  const share = canary?.share ?? 0;
  const parts = [
    { current, share: 1 - share },
    ...(share > 0 ? [{ ...canary!.status, share }] : []),
  ];
  return parts.flatMap((part) =>
    part.current === undefined
      ? []
      : [
          {
            alias: part.current.alias,
            version: part.current.model.manifest.version,
            share: part.share,
          },
        ],
  );
}

function toServing({ current }: ModelStatus): ModelsAnswer['current'] {
  if (current === undefined) return null;
  const { model, alias, inFlight } = current;
  return {
    version: model.manifest.version,
    alias,
    engine: model.engine.name,
    device: model.engine.device,
    precision: model.precision.precision,
    precisionReason: model.precision.reason,
    digest: model.digest,
    license: model.manifest.license,
    loadedAt: model.loadedAt.toISOString(),
    inFlight,
  };
}

/** The answer of `GET /v1/models/:version`: all of the manifest but the golden samples, which only loading reads. */
export const versionAnswerSchema = z.object({
  name: z.string(),
  version: z.int(),
  loaded: z.boolean().describe('whether this server serves it'),
  aliases: z.array(z.string()).describe('that stand for it'),
  metrics: manifestFieldsSchema.shape.metrics,
  manifest: toldManifestSchema,
});

export type VersionAnswer = z.infer<typeof versionAnswerSchema>;
