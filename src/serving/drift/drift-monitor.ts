import { systemClock, type Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import type { DriftFeature, PhotoTraits } from '../../registry/drift/reference-histograms.ts';
import type { Manifest } from '../../registry/manifest.ts';
import { DriftAlarm, type AlarmOptions, type FeatureState } from './drift-alarm.ts';
import { DriftWindow } from './drift-window.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { ServerResources } from '../lifecycle/server-resources.ts';

/** The drift of a version's photos, for people. */
export interface DriftStatus {
  version: number;
  /** Why nothing is compared; null where photos are compared. */
  reason: string | null;
  threshold: number;
  window: {
    photos: number;
    /** Number of photos in a full window. */
    size: number;
    /** When its oldest photo was answered. */
    since: Date | null;
  };
  /** As of the last check; empty before the window is full. */
  features: Partial<Record<DriftFeature, { psi: number; limit: number | null; drifts: boolean }>>;
  /** When the alarm was last raised, by any version. */
  raisedAt: Date | null;
}

/** The facts of an alarm, for its listeners. */
export interface DriftFacts {
  model: string;
  version: number;
  /** The photos compared. */
  windowPhotos: number;
  since: Date;
  features: { feature: DriftFeature; psi: number; limit: number }[];
}

export interface DriftMonitorOptions extends AlarmOptions {
  windowPhotos: number;
  logger: Logger;
  metrics: Pick<Metrics, 'driftPsi' | 'driftWindowPhotos' | 'driftEvents'>;
  clock?: Clock;
}

/** A version that answers: the same object for each of its photos. */
export interface WatchedModel {
  readonly manifest: Pick<Manifest, 'name' | 'version' | 'reference'>;
}

/** How often a full window is checked while all of its photos are replaced. */
const CHECKS_PER_WINDOW = 20;

/**
 * Compares the latest photos that the serving version answers with its reference histograms. Nothing is compared before
 * the window is full, as small samples look different by chance.
 */
export class DriftMonitor {
  readonly #options: DriftMonitorOptions;
  readonly #clock: Clock;
  readonly #alarm: DriftAlarm;
  readonly #checkEvery: number;
  #watched: { model: WatchedModel; window: DriftWindow } | undefined;
  #sinceCheck = 0;
  #latest: readonly FeatureState[] = [];
  #raisedAt: Date | null = null;
  readonly #listeners: ((facts: DriftFacts) => void)[] = [];

  constructor(options: DriftMonitorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#alarm = new DriftAlarm(options);
    this.#checkEvery = Math.ceil(options.windowPhotos / CHECKS_PER_WINDOW);
  }

  /** Registers a listener for alarms: called once per cool-down, after log and metric. It must return at once. */
  onDrift(listener: (facts: DriftFacts) => void): void {
    this.#listeners.push(listener);
  }

  /** Begins a new window for the version that serves from now on; photos of other versions are ignored. */
  watch(model: WatchedModel): void {
    const { windowPhotos, metrics, logger } = this.#options;
    const { version, reference } = model.manifest;
    const window = new DriftWindow(reference, windowPhotos);
    this.#watched = { model, window };
    this.#alarm.reset();
    this.#latest = [];
    this.#sinceCheck = 0;
    metrics.driftPsi.reset();
    metrics.driftWindowPhotos.set(0);
    if (window.features.length === 0) logger.info({ version }, withoutReference(version));
  }

  /** A PhotoObserver's. */
  observe(photo: PhotoTraits & { model: WatchedModel }): void {
    if (this.#watched?.model !== photo.model) return;
    const { model, window } = this.#watched;
    // A client that sends pixels has preprocessed its photos itself, which hides their size.
    if (window.features.length === 0 || photo.photo.format === 'pixels') return;
    const wasFull = window.isFull;
    window.add(photo, Date.now());
    if (!wasFull) this.#options.metrics.driftWindowPhotos.set(window.photos);
    this.#sinceCheck += 1;
    const isDue = wasFull ? this.#sinceCheck >= this.#checkEvery : window.isFull;
    if (isDue) this.#check(model, window);
  }

  /** A PhotoObserver's. */
  observeSearch(found: boolean, model: WatchedModel): void {
    if (this.#watched?.model !== model) return;
    const { window } = this.#watched;
    window.addSearch(found);
    // Photos with a face are also observed as answered photos, which are checked.
    if (found) return;
    this.#sinceCheck += 1;
    if (window.isSearchFull && this.#sinceCheck >= this.#checkEvery) this.#check(model, window);
  }

  /** Undefined before a version serves. */
  get status(): DriftStatus | undefined {
    if (this.#watched === undefined) return undefined;
    const { model, window } = this.#watched;
    const { version } = model.manifest;
    const { photos, size, sinceMs } = window;
    return {
      version,
      reason: window.features.length === 0 ? withoutReference(version) : null,
      threshold: this.#options.threshold,
      window: { photos, size, since: sinceMs === undefined ? null : new Date(sinceMs) },
      features: Object.fromEntries(this.#latest.map(({ feature, ...state }) => [feature, state])),
      raisedAt: this.#raisedAt,
    };
  }

  #check(model: WatchedModel, window: DriftWindow): void {
    this.#sinceCheck = 0;
    const { features, raised } = this.#alarm.check(window.indices(), this.#clock.now());
    this.#latest = features;
    for (const { feature, psi } of features) this.#options.metrics.driftPsi.set({ feature }, psi);
    if (raised) this.#raise(factsOf(model, window, features));
  }

  #raise(facts: DriftFacts): void {
    const { metrics, logger } = this.#options;
    this.#raisedAt = new Date();
    metrics.driftEvents.inc();
    logger.warn(facts, 'the photos have drifted from those that the model was validated on');
    for (const listener of this.#listeners) {
      try {
        listener(facts);
      } catch (error) {
        logger.error({ err: error }, 'a drift listener failed');
      }
    }
  }
}

function factsOf(
  { manifest: { name, version } }: WatchedModel,
  window: DriftWindow,
  features: readonly FeatureState[],
): DriftFacts {
  const drifting = features.flatMap(({ feature, psi, limit, drifts }) =>
    drifts && limit !== null ? [{ feature, psi, limit }] : [],
  );
  const since = new Date(window.sinceMs ?? Date.now());
  return { model: name, version, windowPhotos: window.photos, since, features: drifting };
}

function withoutReference(version: number): string {
  return `version ${version} has no reference histograms, so drift is not watched; npm run refresh -- ${version} publishes it with some`;
}

/** Watches the photos that production answers; undefined where the settings switch that off. */
export function createDriftMonitor(
  { config, logger, metrics, clock }: ServerResources,
  production: Pick<ModelManager, 'onSwap'>,
): DriftMonitor | undefined {
  if (config.DRIFT_WINDOW_PHOTOS === 0) return undefined;
  const monitor = new DriftMonitor({
    windowPhotos: config.DRIFT_WINDOW_PHOTOS,
    threshold: config.DRIFT_PSI_THRESHOLD,
    coolDownMs: config.DRIFT_COOL_DOWN_SECONDS * 1000,
    features: config.DRIFT_FEATURES,
    ...{ logger, metrics, clock },
  });
  production.onSwap((serving) => monitor.watch(serving));
  return monitor;
}
