import type { ModelConfig } from '../../common/config/config.ts';
import type { Engine } from '../../inference/engine/engine.ts';
import { selectEngine } from '../../inference/engine/select-engine.ts';
import { readCpuFeatures } from '../../inference/engine/cpu.ts';
import { homePath } from '../../common/config/location.ts';
import { VerifiedGraphs } from './verified-graphs.ts';
import { createVerifyApart, type VerifyApart } from './verify-apart.ts';
import { createVerifyDetector, type VerifyDetector } from './verify-detector.ts';
import type { TaskLimits } from '../../inference/engine/task-watch.ts';
import type { LoadedModel } from './loaded-model.ts';
import {
  createModelLoader,
  type BatchingOptions,
  type ModelLoaderOptions,
} from './model-loader.ts';
import { createMetrics, type Metrics } from '../../common/metrics/metrics.ts';
import { findModel } from '../model-reference.ts';
import { registryOptionsOf } from '../open-registry.ts';

/** The settings that say how models are loaded, whoever reads them. */
export type ModelSettings = Omit<ModelConfig, 'ADMIN_TOKEN'>;

/** The time limits of the engine that the settings name. */
export function taskLimitsOf(config: ModelSettings): TaskLimits {
  return {
    loadMs: config.MODEL_LOAD_TIMEOUT_SECONDS * 1000,
    runMs: config.ENGINE_RUN_TIMEOUT_SECONDS * 1000,
  };
}

/** Verifies versions in a child process, with the limits that the settings name. */
export function verifyApartFor(config: ModelSettings): VerifyApart {
  return createVerifyApart({
    requested: config.PRECISION,
    cpu: readCpuFeatures(),
    maxBatch: config.BATCH_MAX_SIZE,
    limitMs: config.MODEL_LOAD_TIMEOUT_SECONDS * 1000,
    verified: new VerifiedGraphs(homePath(config.MODEL_CACHE_DIR)),
  });
}

/** Verifies detectors in a child process, with the limits that the settings name. */
export function verifyDetectorFor(config: ModelSettings): VerifyDetector {
  return createVerifyDetector(config.MODEL_LOAD_TIMEOUT_SECONDS * 1000);
}

/** A version loaded into this process. */
export interface LocalModel {
  model: LoadedModel;
  metrics: Metrics;
  /** Its files on local disk. */
  directory: string;
  /** Its folder, its engine and precision, and why they were chosen. */
  description: string;
  close: () => Promise<void>;
}

/**
 * Loads a version as the service does: selects the engine, verifies checksums and golden samples, warms up.
 * @param reference a version's folder, number or alias; the settings' alias by default
 * @throws RegistryError, ArtifactError, GoldenMismatchError or EngineUnavailableError
 */
export async function openLocalModel(
  reference: string | undefined,
  config: ModelConfig,
  batching: BatchingOptions,
): Promise<LocalModel> {
  const { registry, name, version } = await findModel(reference, {
    location: config.MODEL_REGISTRY,
    name: config.MODEL_NAME,
    alias: config.MODEL_ALIAS,
    options: registryOptionsOf(config),
  });
  const { directory, manifest } = await registry.fetchArtifact(name, version);
  const { engine, reason } = await selectEngine({
    engine: config.ENGINE,
    device: config.DEVICE,
    threads: config.ENGINE_THREADS,
    listed: manifest.engines,
    limits: taskLimitsOf(config),
  });
  const metrics = createMetrics();
  const model = await loadInto(
    engine,
    { registry, modelName: name, batching, metrics },
    version,
    config,
  );
  const { precision } = model;
  const close = async (): Promise<void> => {
    await model.dispose();
    await engine.close();
  };
  const description = `${directory}, ${reason}, ${precision.precision}: ${precision.reason}`;
  return { model, metrics, directory, description, close };
}

/** Closes the engine if loading fails. */
async function loadInto(
  engine: Engine,
  options: Omit<ModelLoaderOptions, 'engine' | 'precision'>,
  version: number,
  config: ModelConfig,
): Promise<LoadedModel> {
  const { PRECISION: precision, LICENSE_POLICY: licensePolicy } = config;
  const verifyApart = verifyApartFor({ ...config, BATCH_MAX_SIZE: options.batching.maxSize });
  const verifyDetector = verifyDetectorFor(config);
  const load = createModelLoader({
    ...{ ...options, engine, precision, licensePolicy, verifyApart, verifyDetector },
  });
  try {
    return await load({ alias: 'local', version }, new AbortController().signal);
  } catch (error) {
    await engine.close();
    throw error;
  }
}
