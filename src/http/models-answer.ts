import { z } from 'zod';
import { engineNames } from '../engine/engine.ts';
import type { ModelStatus } from '../lifecycle/model-status.ts';
import { manifestSchema } from '../registry/manifest.ts';
import { driftSchema } from './drift-answer.ts';

const servingSchema = z.object({
  version: z.int(),
  alias: z.string(),
  engine: z.enum(engineNames),
  device: z.enum(['cpu', 'gpu']),
  digest: z.string(),
  license: z.string(),
  loadedAt: z.iso.datetime(),
  inFlight: z.int(),
});

/** The answer of `GET /v1/models`. */
export const modelsAnswerSchema = z.object({
  name: z.string(),
  registry: z.string().describe('where the models are read from'),
  state: z.enum(['waiting', 'loading', 'serving', 'failed']).describe('of the desired version'),
  reason: z.string().nullable().describe('why the desired version does not serve'),
  current: servingSchema.nullable(),
  standby: z.int().nullable().describe('the version that served before and is still loaded'),
  desired: z.object({ alias: z.string(), version: z.int() }).nullable(),
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

export function toServing({ current }: ModelStatus): ModelsAnswer['current'] {
  if (current === undefined) return null;
  const { model, alias, inFlight } = current;
  return {
    version: model.manifest.version,
    alias,
    engine: model.engine.name,
    device: model.engine.device,
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
  metrics: manifestSchema.shape.metrics,
  manifest: manifestSchema.omit({ golden: true }),
});

export type VersionAnswer = z.infer<typeof versionAnswerSchema>;
