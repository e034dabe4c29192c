import type { FeatureIndex } from './drift-window.ts';
import type { DriftFeature } from '../../registry/drift/reference-histograms.ts';

export interface AlarmOptions {
  /** Stability index above which a feature drifts. */
  threshold: number;
  /** Minimum time between two alarms. */
  coolDownMs: number;
  /** The features that may raise the alarm. */
  features: readonly DriftFeature[];
}

/** A feature compared with its limit. */
export interface FeatureState {
  feature: DriftFeature;
  psi: number;
  /** Null where the feature may not raise the alarm. */
  limit: number | null;
  drifts: boolean;
}

/** Hysteresis: a feature drifts until it is below this share of its limit, so that noise near the limit changes nothing. */
const RELEASE_SHARE = 0.7;

/**
 * Decides when drift raises the alarm: while a feature drifts, at once and then again after each cool-down. A feature's
 * limit is the threshold, or what chance explains where that is more, as in small windows and with small references.
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
   * @returns the state of each feature, and whether the alarm is raised now
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

  /** Begins another window, in which nothing drifts yet. A running cool-down continues. */
  reset(): void {
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
