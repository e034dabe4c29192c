import type { Express } from 'express';
import { createApp, type AppDependencies } from '../../src/serving/http/server/app.ts';
import { settingsSchema, type Config } from '../../src/common/config/config.ts';
import { DriftMonitor, type DriftMonitorOptions } from '../../src/serving/drift/drift-monitor.ts';
import { driftFeatures } from '../../src/registry/drift/reference-histograms.ts';
import { ActiveRequests } from '../../src/serving/http/middleware/admission.ts';
import { unprotected, type Protection } from '../../src/serving/http/middleware/protection.ts';
import { Readiness } from '../../src/serving/http/server/readiness.ts';
import type { UploadLimits } from '../../src/serving/http/upload/upload-limits.ts';
import { AliasWatcher } from '../../src/serving/lifecycle/alias-watcher.ts';
import type { LoadedModel } from '../../src/registry/loading/loaded-model.ts';
import {
  createModelLoader,
  type BatchingOptions,
} from '../../src/registry/loading/model-loader.ts';
import { ModelManager } from '../../src/serving/lifecycle/model-manager.ts';
import { createLogger, type Logger } from '../../src/common/logger.ts';
import { feedbackIn, type FeedbackPart } from '../../src/serving/context/feedback.ts';
import type { Loading } from '../../src/serving/context/model-chain.ts';
import { createTraffic, type Traffic } from '../../src/serving/context/traffic.ts';
import { createMetrics, type Metrics } from '../../src/common/metrics/metrics.ts';
import { observersOf } from '../../src/serving/context/observers.ts';
import { PhotoEstimator } from '../../src/inference/estimator.ts';
import { PredictService } from '../../src/serving/predict/predict-service.ts';
import { preprocess } from '../../src/inference/preprocess/preprocess.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import type { Manifest } from '../../src/registry/manifest.ts';
import type { WritableStore } from '../../src/registry/store/object-store.ts';
import { FakeEngine } from './fakes/fake-engine.ts';
import { ManualClock } from './fakes/manual-clock.ts';
import { createModelFolder, type ModelFolder } from './models/model-folder.ts';
import { settle } from './fakes/deferred.ts';

export interface TestServiceOptions {
  limits?: Partial<UploadLimits>;
  batching?: Partial<BatchingOptions>;
  deadlineMs?: number;
  maxPixels?: number;
  manifest?: Partial<Manifest>;
  adminToken?: string;
  /** None by default. */
  protection?: Partial<Protection>;
  logger?: Logger;
  /** Of canary and shadow. */
  settings?: Partial<Config>;
  /** Time as canary and shadow see it; it stands still by default. */
  clock?: ManualClock;
  /** Where feedback is kept; off by default. */
  feedback?: { store: WritableStore; settings?: Partial<Config>; clock?: ManualClock };
  /** Drift is watched where this is given. */
  drift?: Partial<DriftMonitorOptions>;
  tracing?: AppDependencies['tracing'];
  /** By default this server cannot train. */
  retraining?: AppDependencies['retraining'];
  /** Default true: version 1 serves as `production`. */
  ready?: boolean;
}

/** The whole service but for its engine, which is fake, and its socket. */
export interface TestService {
  readonly app: Express;
  readonly engine: FakeEngine;
  readonly manager: ModelManager;
  readonly traffic: Traffic;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly active: ActiveRequests;
  readonly folder: ModelFolder;
  readonly registry: FileRegistry;
  /** Returns when nothing is being loaded. */
  settled(): Promise<void>;
  /** Wishes for a version and returns when it serves. */
  serve(version: number): Promise<void>;
  close(): Promise<void>;
}

const driftDefaults = {
  windowPhotos: 100,
  threshold: 0.25,
  coolDownMs: 60_000,
  features: driftFeatures,
} as const;
const untrained: AppDependencies['retraining'] = {
  runner: {
    start: () => ({ started: false, why: 'cannot-train', detail: 'A test cannot train.' }),
    view: () =>
      Promise.resolve({ run: undefined, last: undefined, log: [], coolingDownUntil: undefined }),
  },
  nextAt: () => undefined,
};

export async function createTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const folder = await createModelFolder();
  await folder.writeVersion(1, options.manifest);
  await folder.writeAlias('production', 1);
  const logger = options.logger ?? createLogger('silent');
  const metrics = createMetrics();
  const engine = new FakeEngine();
  const registry = new FileRegistry(folder.root);
  const modelName = 'face-age';
  const batching = { maxSize: 4, maxWaitMs: 0, queueMaxImages: 32, ...options.batching };
  const load = createModelLoader({ registry, modelName, engine, batching, metrics });
  const drift = driftOf(options, { logger, metrics });
  const onSwap = (_versions: unknown, serving: LoadedModel): void => {
    drift?.watch(serving);
    traffic.onProduction();
  };
  const manager = new ModelManager({ load, logger, metrics, onSwap });
  const loading: Loading = { load, managers: [manager], tidy: () => undefined };
  const config = { ...settingsSchema.parse({}), ...options.settings };
  const traffic = createTraffic(
    { config, logger, metrics, registry },
    loading,
    manager,
    options.clock ?? new ManualClock(),
  );
  const watcher = new AliasWatcher({
    registry,
    modelName,
    alias: 'production',
    pollMs: 3_600_000,
    manager,
    logger,
    metrics,
    clock: new ManualClock(),
  });
  const everyWatcher = {
    poll: async () => {
      await Promise.all([watcher.poll(), traffic.poll()]);
    },
  };
  const readiness = new Readiness(manager);
  const active = new ActiveRequests(options.deadlineMs ?? 10_000);
  const maxPixels = options.maxPixels ?? 1_000_000;
  const { models } = traffic;
  const estimator = new PhotoEstimator({ preprocess, metrics, maxPixels });
  const feedback =
    options.feedback &&
    feedbackOf(options.feedback, { logger, metrics }, new PredictService(models, estimator));
  const { statistics, observers, onFault } = observersOf(
    feedback ?? { observers: [] },
    drift,
    traffic,
  );
  const app = createApp({
    statistics,
    modelName,
    modelAlias: 'production',
    adminToken: options.adminToken,
    adminElsewhere: false,
    protection: { ...unprotected, ...options.protection },
    registry,
    watcher: everyWatcher,
    models: manager,
    traffic,
    clientKeyHeader: config.CANARY_KEY_HEADER,
    drift,
    engine: { name: engine.name, device: engine.device, reason: 'a test' },
    logger,
    metrics,
    limits: { uploadMaxBytes: 100_000, requestMaxBytes: 400_000, maxImages: 16, ...options.limits },
    predictions: new PredictService(models, estimator, observers, onFault),
    feedback: feedback?.service,
    readiness,
    active,
    tracing: options.tracing,
    retraining: options.retraining ?? untrained,
  });
  const settled = async (): Promise<void> => {
    while (loading.managers.some(({ status }) => status.state === 'loading')) await settle();
  };
  const serve = async (version: number): Promise<void> => {
    manager.setDesired({ alias: 'production', version });
    await settled();
  };
  if (options.ready ?? true) await serve(1);
  const close = async (): Promise<void> => {
    traffic.stop();
    await Promise.all([manager.close(), traffic.close()]);
    await folder.remove();
  };
  const parts = { app, engine, manager, traffic, metrics, readiness, active, folder, registry };
  return { ...parts, settled, serve, close };
}

function driftOf(
  { drift }: TestServiceOptions,
  base: { logger: Logger; metrics: Metrics },
): DriftMonitor | undefined {
  return drift && new DriftMonitor({ ...driftDefaults, ...base, ...drift });
}

/** Time of day and clock go together: the clock's zero is the start of 2026. */
function feedbackOf(
  { store, settings, clock = new ManualClock() }: NonNullable<TestServiceOptions['feedback']>,
  base: { logger: Logger; metrics: Metrics },
  predictions: PredictService,
): FeedbackPart {
  const config = { ...settingsSchema.parse({}), ...settings };
  const today = () => new Date(Date.UTC(2026, 0, 1) + clock.now());
  return feedbackIn(store, { ...base, config }, predictions, { clock, today });
}
