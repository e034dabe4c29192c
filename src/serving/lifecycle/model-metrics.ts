import type { Metrics } from '../../common/metrics/metrics.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';

/** What a manager tells; the versions and swaps that it tells of are those of its alias. */
export interface ManagerMetrics extends Pick<
  Metrics,
  | 'modelInfo'
  | 'modelLoadDuration'
  | 'inferenceDuration'
  | 'predictedAge'
  | 'confidence'
  | 'feedbackError'
  | 'predictions'
  | 'canaryPhotos'
  | 'canaryDifference'
  | 'shadowInference'
  | 'shadowDifference'
  | 'shadowDisagreements'
> {
  modelSwaps: { inc: (labels: { result: 'ok' | 'failed' | 'overtaken' }) => void };
  modelServingVersion: { set: (version: number) => void };
  modelDesiredVersion: { set: (version: number) => void };
}

/** Shows which model serves for one alias; there is one at a time. */
export class ServingInfo {
  readonly #metrics: Pick<ManagerMetrics, 'modelInfo' | 'modelServingVersion'>;
  #shown: Parameters<Metrics['modelInfo']['remove']>[0] | undefined;

  constructor(metrics: Pick<ManagerMetrics, 'modelInfo' | 'modelServingVersion'>) {
    this.#metrics = metrics;
  }

  show({ manifest, engine, precision, digest }: LoadedModel, alias: string): void {
    this.clear();
    const version = String(manifest.version);
    const labels = {
      ...{ version, alias, engine: engine.name, device: engine.device },
      ...{ precision: precision.precision, digest },
    };
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
export function dropVersion(metrics: ManagerMetrics, { manifest, head }: LoadedModel): void {
  const version = String(manifest.version);
  metrics.inferenceDuration.remove({ version });
  metrics.predictedAge.remove({ version });
  metrics.confidence.remove({ version });
  metrics.feedbackError.remove({ version });
  metrics.canaryDifference.remove({ version });
  metrics.shadowInference.remove({ version });
  metrics.shadowDifference.remove({ version });
  metrics.shadowDisagreements.remove({ version });
  for (const outcome of ['ok', 'failed']) metrics.canaryPhotos.remove({ version, outcome });
  for (const { label } of head.buckets) metrics.predictions.remove({ version, bucket: label });
}
