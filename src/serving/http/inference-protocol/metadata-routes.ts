import type { Request, RequestHandler } from 'express';
import type { z } from 'zod';
import { ServiceError } from '../../../common/errors.ts';
import { programVersion } from '../../../common/program-version.ts';
import type { ModelRegistry } from '../../../registry/registry.ts';
import type { PredictService } from '../../predict/predict-service.ts';
import type {
  Tally,
  VersionStatistics,
  StatisticsCollector,
} from '../../predict/version-statistics.ts';
import type { Readiness } from '../server/readiness.ts';
import { readJson } from '../upload/body.ts';
import { outputColumns } from './infer-answer.ts';
import {
  type ModelStats,
  indexRequestSchema,
  type modelMetadataSchema,
  type modelReadySchema,
  type modelStatsSchema,
  type repositoryIndexSchema,
  type serverLiveSchema,
  type serverMetadataSchema,
  type serverReadySchema,
} from './protocol-schemas.ts';

/** @throws ServiceError `model_not_found` where the path names another model */
export function assertModelName(request: Request, { modelName }: { modelName: string }): void {
  if (request.params.name === modelName) return;
  throw new ServiceError('model_not_found', `This server has one model, ${modelName}.`);
}

type VersionStats = ModelStats['model_stats'][number];

/** The time to write an answer is too short to be measured. */
const free = { count: 0, ns: 0 };

/** A version's figures in the format of the statistics extension. */
export function toStats(
  name: string,
  version: number,
  statistics: VersionStatistics | undefined,
): VersionStats {
  const none: Tally = { count: 0, ms: 0 };
  const { answered = none, failed = none, queue = none, preprocess = none } = statistics ?? {};
  const { inference = none, batches = new Map<number, Tally>() } = statistics ?? {};
  const bySize = [...batches].map(([size, tally]) => ({
    batch_size: size,
    compute_infer: toDuration(tally),
  }));
  return {
    name,
    version: String(version),
    last_inference: statistics?.lastAnswerAtMs ?? 0,
    inference_count: answered.count,
    execution_count: bySize.reduce((sum, { compute_infer }) => sum + compute_infer.count, 0),
    inference_stats: {
      success: toDuration(answered),
      fail: toDuration(failed),
      queue: toDuration(queue),
      compute_input: toDuration(preprocess),
      compute_infer: toDuration(inference),
      compute_output: free,
    },
    batch_stats: bySize,
  };
}

function toDuration({ count, ms }: Tally): { count: number; ns: number } {
  return { count: Math.round(count), ns: Math.round(ms * 1e6) };
}

export interface MetadataDependencies {
  modelName: string;
  registry: Pick<ModelRegistry, 'listVersions'>;
  predictions: Pick<PredictService, 'describe'>;
  readiness: Readiness;
  statistics: Pick<StatisticsCollector, 'of'>;
}

const BODY_MAX_BYTES = 10_000;

/** `GET /v2` */
export function serverMetadataRoute({ modelName }: MetadataDependencies): RequestHandler {
  return (_request, response) => {
    response.json({
      name: modelName,
      version: programVersion,
      extensions: ['binary_tensor_data', 'classification', 'statistics'],
    } satisfies z.infer<typeof serverMetadataSchema>);
  };
}

/** `GET /v2/health/live` */
export const serverLiveRoute: RequestHandler = (_request, response) => {
  response.json({ live: true } satisfies z.infer<typeof serverLiveSchema>);
};

/** `GET /v2/health/ready` */
export function serverReadyRoute({ readiness }: MetadataDependencies): RequestHandler {
  return (_request, response) => {
    const fault = readiness.fault();
    if (fault !== undefined) throw fault;
    response.json({ ready: true } satisfies z.infer<typeof serverReadySchema>);
  };
}

/** `GET /v2/models/:name[/versions/:version]`, for loaded versions */
export function modelMetadataRoute(dependencies: MetadataDependencies): RequestHandler {
  return async (request, response) => {
    const model = await loadedModel(request, dependencies);
    const { manifest, engine } = model;
    const { width, height, channels } = manifest.preprocess;
    response.json({
      name: manifest.name,
      versions: [String(manifest.version)],
      platform: engine.name === 'onnxruntime' ? 'onnxruntime_onnx' : 'tensorflow_layers',
      inputs: [
        { name: 'image', datatype: 'BYTES', shape: [-1] },
        { name: 'pixels', datatype: 'UINT8', shape: [-1, height, width, channels] },
      ],
      outputs: outputColumns(model).map(([name, columns]) => ({
        name,
        datatype: 'FP32',
        shape: [-1, columns],
      })),
    } satisfies z.infer<typeof modelMetadataSchema>);
  };
}

/** `GET /v2/models/:name[/versions/:version]/ready` */
export function modelReadyRoute(dependencies: MetadataDependencies): RequestHandler {
  return async (request, response) => {
    const { manifest } = await loadedModel(request, dependencies);
    response.json({ name: manifest.name, ready: true } satisfies z.infer<typeof modelReadySchema>);
  };
}

/** `GET /v2/models/:name[/versions/:version]/stats` */
export function modelStatsRoute(dependencies: MetadataDependencies): RequestHandler {
  return async (request, response) => {
    const { manifest } = await loadedModel(request, dependencies);
    const { name, version } = manifest;
    const stats = toStats(name, version, dependencies.statistics.of(version));
    response.json({ model_stats: [stats] } satisfies z.infer<typeof modelStatsSchema>);
  };
}

/** `POST /v2/repository/index`: every version of the registry, and whether it is loaded here. */
export function repositoryIndexRoute(dependencies: MetadataDependencies): RequestHandler {
  const { modelName, registry, predictions } = dependencies;
  return async (request, response) => {
    const { ready } = await readJson(request, indexRequestSchema, BODY_MAX_BYTES);
    const versions = await registry.listVersions(modelName);
    const entries = await Promise.all(
      versions.map(async (version) => {
        const isLoaded = await predictions.describe(String(version)).then(
          () => true,
          () => false,
        );
        const state = isLoaded ? ('READY' as const) : ('UNAVAILABLE' as const);
        const reason = isLoaded ? '' : 'not loaded';
        return { name: modelName, version: String(version), state, reason };
      }),
    );
    const wanted = entries.filter(({ state }) => ready !== true || state === 'READY');
    response.json(wanted satisfies z.infer<typeof repositoryIndexSchema>);
  };
}

function loadedModel(request: Request, dependencies: MetadataDependencies) {
  assertModelName(request, dependencies);
  const { version } = request.params;
  return dependencies.predictions.describe(version === undefined ? undefined : String(version));
}
