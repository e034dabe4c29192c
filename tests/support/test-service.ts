import type { Express } from 'express';
import { settingsSchema, type Config } from '../../src/common/config/config.ts';
import { createLogger, type Logger } from '../../src/common/logger.ts';
import type { Metrics } from '../../src/common/metrics/metrics.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import type { BatchingOptions } from '../../src/registry/loading/model-loader.ts';
import type { Manifest } from '../../src/registry/manifest.ts';
import type { WritableStore } from '../../src/registry/store/object-store.ts';
import { appDependencies } from '../../src/serving/app-dependencies.ts';
import type { DriftFacts } from '../../src/serving/drift/drift-monitor.ts';
import type { ActiveRequests } from '../../src/serving/http/middleware/admission.ts';
import { unprotected, type Protection } from '../../src/serving/http/middleware/protection.ts';
import { createApp, type AppDependencies } from '../../src/serving/http/server/app.ts';
import type { Readiness } from '../../src/serving/http/server/readiness.ts';
import type { UploadBudget } from '../../src/serving/http/upload/upload-budget.ts';
import type { UploadLimits } from '../../src/serving/http/upload/upload-limits.ts';
import type { ModelManager } from '../../src/serving/lifecycle/model-manager.ts';
import type { Retraining } from '../../src/serving/retraining/retraining.ts';
import { createServingContext, type ServingContext } from '../../src/serving/serving-context.ts';
import type { Traffic } from '../../src/serving/traffic/traffic.ts';
import { settle } from './fakes/deferred.ts';
import { FakeEngine } from './fakes/fake-engine.ts';
import { ManualClock } from './fakes/manual-clock.ts';
import { createModelFolder, type ModelFolder } from './models/model-folder.ts';

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
  settings?: Partial<Config>;
  /** The server's clock, whose zero is the start of 2026; it stands still by default. */
  clock?: ManualClock;
  /** Where feedback is kept; off by default. */
  feedback?: { store: WritableStore };
  /** Drift is watched where this is given. */
  drift?: { windowPhotos?: number; coolDownMs?: number; onDrift?: (facts: DriftFacts) => void };
  tracing?: AppDependencies['tracing'];
  /** By default this server cannot train. */
  retraining?: AppDependencies['retraining'];
  /** Default true: version 1 serves as `production`. */
  ready?: boolean;
}

/** The whole service, except that its engine is fake and it does not listen. */
export interface TestService {
  readonly app: Express;
  readonly engine: FakeEngine;
  readonly manager: ModelManager;
  readonly traffic: Traffic;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly active: ActiveRequests;
  readonly uploads: UploadBudget;
  readonly folder: ModelFolder;
  readonly registry: FileRegistry;
  /** Returns when nothing is being loaded. */
  settled(): Promise<void>;
  /** Requests a version and returns when it serves. */
  serve(version: number): Promise<void>;
  close(): Promise<void>;
}

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
  const engine = new FakeEngine();
  const registry = new FileRegistry(folder.root);
  const context = await createContext(options, engine, registry);
  if (options.drift?.onDrift !== undefined) context.drift?.onDrift(options.drift.onDrift);
  const protection = { ...unprotected, ...options.protection };
  const dependencies = { ...appDependencies(context), protection };
  const { production: manager, traffic, metrics } = context;
  const { readiness, active, uploads } = dependencies;

  const settled = async (): Promise<void> => {
    const managers = [manager, traffic.canary?.manager, traffic.shadow?.manager];
    while (managers.some((each) => each?.status.state === 'loading')) await settle();
  };
  const serve = async (version: number): Promise<void> => {
    manager.setDesired({ alias: 'production', version });
    await settled();
  };
  if (options.ready ?? true) await serve(1);
  const close = async (): Promise<void> => {
    context.stop();
    await context.close();
    await folder.remove();
  };
  const state = { readiness, active, uploads };
  const parts = { engine, manager, traffic, metrics, ...state, folder, registry };
  return { app: createApp(dependencies), ...parts, settled, serve, close };
}

function createContext(
  options: TestServiceOptions,
  engine: FakeEngine,
  registry: FileRegistry,
): Promise<ServingContext> {
  const clock = options.clock ?? new ManualClock();
  return createServingContext(configOf(options), {
    logger: options.logger ?? createLogger('silent'),
    registry,
    clock,
    engine: { engine, reason: 'a test', gpuExpectedButAbsent: false },
    feedback: {
      store: options.feedback?.store,
      today: () => new Date(Date.UTC(2026, 0, 1) + clock.now()),
    },
    tracing: options.tracing && { ...options.tracing, close: () => Promise.resolve() },
    retraining: retrainingOf(options),
  });
}

/** Settings that make a test fast and independent of the machine. */
function configOf(options: TestServiceOptions): Config {
  return {
    ...settingsSchema.parse({}),
    ADMIN_TOKEN: options.adminToken,
    GPU_METRICS: 'off',
    KEEP_PREVIOUS_MODEL: 'never',
    ...limitSettings(options),
    ...batchSettings(options),
    ...driftSettings(options),
    ...options.settings,
  };
}

const limitSettings = ({ limits, maxPixels, deadlineMs }: TestServiceOptions) => ({
  MAX_PIXELS: maxPixels ?? 1_000_000,
  REQUEST_DEADLINE_MS: deadlineMs ?? 10_000,
  UPLOAD_MAX_BYTES: limits?.uploadMaxBytes ?? 100_000,
  REQUEST_MAX_BYTES: limits?.requestMaxBytes ?? 400_000,
  MAX_IMAGES: limits?.maxImages ?? 16,
});

const batchSettings = ({ batching }: TestServiceOptions) => ({
  BATCH_MAX_SIZE: batching?.maxSize ?? 4,
  BATCH_MAX_WAIT_MS: batching?.maxWaitMs ?? 0,
  QUEUE_MAX_IMAGES: batching?.queueMaxImages ?? 32,
});

const driftSettings = ({ drift }: TestServiceOptions) => ({
  DRIFT_WINDOW_PHOTOS: drift === undefined ? 0 : (drift.windowPhotos ?? 100),
  DRIFT_COOL_DOWN_SECONDS: (drift?.coolDownMs ?? 60_000) / 1000,
});

function retrainingOf({ retraining = untrained }: TestServiceOptions): Retraining {
  return {
    ...retraining,
    onDrift: () => undefined,
    start: () => Promise.resolve(),
    stop: () => undefined,
    idle: () => Promise.resolve(),
  };
}
