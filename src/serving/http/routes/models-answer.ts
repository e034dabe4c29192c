import { z } from 'zod';
import { engineNames, precisions } from '../../../inference/engine/engine.ts';
import { driftFeatures } from '../../../registry/drift/reference-histograms.ts';
import { commercialObstacle, licensesOf } from '../../../registry/license.ts';
import { manifestFieldsSchema, publicManifestSchema } from '../../../registry/manifest.ts';
import type { DriftStatus } from '../../drift/drift-monitor.ts';
import type { ModelStatus } from '../../lifecycle/model-handle.ts';

/** The drift of the photos, in the answer of `GET /v1/models`. */
export const driftSchema = z.object({
  version: z.int().describe('the version whose photos are watched'),
  reason: z.string().nullable().describe('why nothing is compared'),
  threshold: z.number(),
  window: z.object({
    photos: z.int(),
    size: z.int().describe('number of photos in a full window'),
    since: z.iso.datetime().nullable().describe('when its oldest photo was answered'),
  }),
  features: z
    .partialRecord(
      z.enum(driftFeatures),
      z.object({
        psi: z.number().describe('population stability index, to 4 digits'),
        limit: z.number().nullable().describe('null where the feature raises no alarm'),
        drifts: z.boolean(),
      }),
    )
    .describe('as of the last check; empty until the window is full'),
  raisedAt: z.iso.datetime().nullable().describe('when the alarm was last raised'),
});

type DriftAnswer = z.infer<typeof driftSchema>;

export function toDrift(status: DriftStatus | undefined): DriftAnswer | null {
  if (status === undefined) return null;
  const { window, features, raisedAt } = status;
  const rounded = Object.entries(features).map(([feature, { psi, limit, drifts }]) => [
    feature,
    { psi: round(psi), limit: limit === null ? null : round(limit), drifts },
  ]);
  return {
    ...status,
    window: { ...window, since: window.since?.toISOString() ?? null },
    features: Object.fromEntries(rounded) as DriftAnswer['features'],
    raisedAt: raisedAt?.toISOString() ?? null,
  };
}

/** To 4 digits. */
function round(index: number): number {
  return Number(index.toFixed(4));
}

const servingSchema = z.object({
  version: z.int(),
  alias: z.string(),
  engine: z.enum(engineNames),
  device: z.enum(['cpu', 'gpu']),
  precision: z.enum(precisions),
  precisionReason: z.string().describe('why this precision was chosen'),
  digest: z.string(),
  license: z.string().describe('what the weights may be used for'),
  commercialUse: z
    .boolean()
    .describe(
      'whether every license, also of what the weights were made from, is known to allow it',
    ),
  loadedAt: z.iso.datetime(),
  inFlight: z.int(),
});

/** The state of a followed alias. */
const followedSchema = z.object({
  state: z.enum(['waiting', 'loading', 'serving', 'failed']).describe('of the desired version'),
  reason: z.string().nullable().describe('why the desired version does not serve'),
  current: servingSchema.nullable(),
  desired: z.object({ alias: z.string(), version: z.int() }).nullable(),
});

const canarySchema = followedSchema.extend({
  weight: z.number().nullable().describe('share that its alias gives it; null without an alias'),
});

const splitSchema = z.object({
  alias: z.string(),
  version: z.int(),
  share: z.number().describe('of the clients that name no version'),
});

/** The answer of `GET /v1/models`. */
export const modelsAnswerSchema = followedSchema.extend({
  name: z.string(),
  registry: z
    .string()
    .describe('where the models are read from, for who sends the admin token; else folder or s3'),
  standby: z.int().nullable().describe('the previous version, where it is still loaded'),
  split: z.array(splitSchema).describe('the current share of each version'),
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

/** The state of any alias. */
export function toFollowed(status: ModelStatus): z.infer<typeof followedSchema> {
  return {
    state: status.state,
    reason: status.reason ?? null,
    current: toServing(status),
    desired: status.desired ?? null,
  };
}

/** The versions' shares of the traffic; empty before a version serves. */
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
    commercialUse: commercialObstacle(licensesOf(model.manifest)) === undefined,
    loadedAt: model.loadedAt.toISOString(),
    inFlight,
  };
}

/** The answer of `GET /v1/models/:version`: the manifest without the golden samples, which only loading needs. */
export const versionAnswerSchema = z.object({
  name: z.string(),
  version: z.int(),
  loaded: z.boolean().describe('whether this server serves it'),
  aliases: z.array(z.string()).describe('that name this version'),
  metrics: manifestFieldsSchema.shape.metrics,
  manifest: publicManifestSchema,
});

export type VersionAnswer = z.infer<typeof versionAnswerSchema>;
