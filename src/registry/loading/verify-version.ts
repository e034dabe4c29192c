import type { ModelConfig } from '../../common/config/config.ts';
import { selectEngine } from '../../inference/engine/select-engine.ts';
import { taskLimitsOf, verifyApartFor, verifyDetectorFor } from './local-model.ts';
import { createModelLoader } from './model-loader.ts';
import { createMetrics } from '../../common/metrics/metrics.ts';
import type { ReferencedModel } from '../model-reference.ts';

/**
 * Loads a version as a server would (checksums, golden samples, warm-up at every batch size) and disposes of it again.
 * @returns a description of the engine and precision that it ran on
 * @throws Error that says why a server would refuse it
 */
export async function verifyVersion(
  { registry, name, version }: ReferencedModel,
  config: ModelConfig,
): Promise<string> {
  const { engines } = await registry.readManifest(name, version);
  const { engine, reason } = await selectEngine({
    engine: config.ENGINE,
    device: config.DEVICE,
    threads: config.ENGINE_THREADS,
    listed: engines,
    limits: taskLimitsOf(config),
  });
  try {
    const batching = {
      maxSize: config.BATCH_MAX_SIZE,
      maxWaitMs: config.BATCH_MAX_WAIT_MS,
      queueMaxImages: config.QUEUE_MAX_IMAGES,
    };
    const metrics = createMetrics();
    const precision = config.PRECISION;
    const load = createModelLoader({
      ...{ registry, modelName: name, engine, batching, precision, metrics },
      licensePolicy: config.LICENSE_POLICY,
      verifyApart: verifyApartFor(config),
      verifyDetector: verifyDetectorFor(config),
    });
    const model = await load({ alias: 'verification', version }, new AbortController().signal);
    await model.dispose();
    return `${reason}; ${model.precision.precision}: ${model.precision.reason}`;
  } finally {
    await engine.close();
  }
}
