import type { Metrics } from '../metrics.ts';
import type { LoadedModel } from './loaded-model.ts';

/** Shows which model serves for one alias; there is one at a time. */
export class ServingInfo {
  readonly #metrics: Pick<Metrics, 'modelInfo' | 'modelServingVersion'>;
  #shown: Parameters<Metrics['modelInfo']['remove']>[0] | undefined;

  constructor(metrics: Pick<Metrics, 'modelInfo' | 'modelServingVersion'>) {
    this.#metrics = metrics;
  }

  show({ manifest, engine, digest }: LoadedModel, alias: string): void {
    this.clear();
    const version = String(manifest.version);
    const labels = { version, alias, engine: engine.name, device: engine.device, digest };
    this.#metrics.modelInfo.set(labels, 1);
    this.#metrics.modelServingVersion.set(manifest.version);
    this.#shown = labels;
  }

  clear(): void {
    if (this.#shown !== undefined) this.#metrics.modelInfo.remove(this.#shown);
    this.#shown = undefined;
    this.#metrics.modelServingVersion.set(0);
  }
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
