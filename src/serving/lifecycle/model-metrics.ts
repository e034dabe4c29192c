import type { Metrics } from '../../common/metrics/metrics.ts';
import type { LoadedModel } from '../../registry/loading/loaded-model.ts';

/** The metrics of a manager. Which series its versions and swaps appear in depends on its alias. */
export interface ManagerMetrics extends Pick<
  Metrics,
  'modelInfo' | 'modelLoadDuration' | 'forgetVersion'
> {
  modelSwaps: { inc: (labels: { result: 'ok' | 'failed' | 'overtaken' }) => void };
  modelServingVersion: { set: (version: number) => void };
  modelDesiredVersion: { set: (version: number) => void };
}

/** Publishes which model serves an alias, at most one at a time. */
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
