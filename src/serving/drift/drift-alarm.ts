import type { FeatureIndex } from './drift-window.ts';
import type { DriftFeature } from '../../registry/drift/reference-histograms.ts';

export interface AlarmOptions {
  /** Stability index from which a feature drifts. */
  threshold: number;
  /** Least time between two alarms. */
  coolDownMs: number;
  /** Those that may raise it. */
  features: readonly DriftFeature[];
}

/** One feature against its limit. */
export interface FeatureState {
  feature: DriftFeature;
  psi: number;
  /** Null where the feature may not raise the alarm. */
  limit: number | null;
  drifts: boolean;
}

/** A feature drifts until it is back below this share of its limit, so that noise about the limit tells nothing new. */
const RELEASE_SHARE = 0.7;

/**
 * Decides when drift is worth an alarm: while a feature drifts, at once and then again after each cool-down.
 * A limit is the threshold, or what chance explains where that is more: in small windows and with few photos in the
 * reference.
 */
export class DriftAlarm {
  readonly #options: AlarmOptions;
  readonly #drifting = new Set<DriftFeature>();
  #raisedAtMs: number | undefined;

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /**
   * @param nowMs on the scale of a Clock
   * @returns where each feature stands, and whether the alarm is raised now.
   */
  check(
    indices: readonly FeatureIndex[],
    nowMs: number,
  ): { features: FeatureState[]; raised: boolean } {
    const features = indices.map((index) => this.#stateOf(index));
    const raised = features.some(({ drifts }) => drifts) && this.#hasCooledDown(nowMs);
    if (raised) this.#raisedAtMs = nowMs;
    return { features, raised };
  }

  /** Another window begins: nothing drifts in it yet. The cool-down goes on. */
  startAnew(): void {
    this.#drifting.clear();
  }

  #stateOf({ feature, psi, byChance }: FeatureIndex): FeatureState {
    if (!this.#options.features.includes(feature))
      return { feature, psi, limit: null, drifts: false };
    const limit = Math.max(this.#options.threshold, byChance);
    if (psi > limit) this.#drifting.add(feature);
    else if (psi < RELEASE_SHARE * limit) this.#drifting.delete(feature);
    return { feature, psi, limit, drifts: this.#drifting.has(feature) };
  }

  #hasCooledDown(nowMs: number): boolean {
    return this.#raisedAtMs === undefined || nowMs - this.#raisedAtMs >= this.#options.coolDownMs;
  }
}
