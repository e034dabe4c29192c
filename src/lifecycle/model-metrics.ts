import type { Metrics } from '../metrics.ts';
import type { LoadedModel } from './loaded-model.ts';

/** Shows which model serves; there is one at a time. */
export function showServing(
  { modelInfo, modelServingVersion }: Pick<Metrics, 'modelInfo' | 'modelServingVersion'>,
  { manifest, engine, digest }: LoadedModel,
  alias: string,
): void {
  modelInfo.reset();
  const version = String(manifest.version);
  modelInfo.set({ version, alias, engine: engine.name, device: engine.device, digest }, 1);
  modelServingVersion.set(manifest.version);
}

/** Drops the series of a version that will answer no more, so that their number stays bounded. */
export function dropVersion(metrics: Metrics, { manifest, head }: LoadedModel): void {
  const version = String(manifest.version);
  metrics.inferenceDuration.remove({ version });
  metrics.predictedAge.remove({ version });
  metrics.confidence.remove({ version });
  metrics.feedbackError.remove({ version });
  for (const { label } of head.buckets) metrics.predictions.remove({ version, bucket: label });
}
