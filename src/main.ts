import { createApp, type AppDependencies } from './app.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import type { DriftMonitor } from './drift/drift-monitor.ts';
import { EngineUnavailableError, type Engine } from './engine/engine.ts';
import { ActiveRequests } from './http/active-requests.ts';
import { drainServer } from './http/graceful-shutdown.ts';
import { ListenError, listen } from './http/listen.ts';
import { Readiness } from './http/readiness.ts';
import { createHttpServer } from './http/server.ts';
import { AliasWatcher } from './lifecycle/alias-watcher.ts';
import { CacheKeeper } from './lifecycle/cache-keeper.ts';
import { createModelLoader } from './lifecycle/model-loader.ts';
import { ModelManager } from './lifecycle/model-manager.ts';
import { hasRoomFor } from './lifecycle/spare-memory.ts';
import { createLogger } from './logger.ts';
import type { Base } from './main/base.ts';
import { createDriftMonitor } from './main/drift.ts';
import { openFeedback } from './main/feedback.ts';
import { createRetraining } from './main/retraining.ts';
import { startEngine } from './main/start-engine.ts';
import { onStopSignal } from './main/stop-signal.ts';
import { createMetrics } from './metrics.ts';
import type { AnswerObserver } from './predict/answered-photo.ts';
import { PhotoEstimator } from './predict/photo-estimator.ts';
import { PredictService } from './predict/predict-service.ts';
import { ServingModelSource } from './predict/serving-model-source.ts';
import { preprocess } from './preprocess/preprocess.ts';
import { registryOf } from './registry/open-registry.ts';
import { RegistryError } from './registry/registry.ts';

/** The service, wired in the order in which a model and then a photo flow through it. */
async function start(): Promise<void> {
  const config = readConfig();
  const logger = createLogger(config.LOG_LEVEL);
  const metrics = createMetrics();
  const registry = registryOf(config);
  const base: Base = { config, logger, metrics, registry };

  const retraining = createRetraining(base);
  const { engine, reason } = await startEngine(base);
  const drift = createDriftMonitor(base, retraining.onDrift);
  const manager = createManager(base, engine, drift);
  const watcher = createWatcher(base, manager);

  const feedback = await openFeedback(base, createPredictService(base, manager));
  const observers = [...feedback.observers, ...(drift === undefined ? [] : [drift.observe])];
  const predictions = createPredictService(base, manager, observers);
  const readiness = new Readiness(manager);
  const active = new ActiveRequests(config.REQUEST_DEADLINE_MS);
  const chosen = { name: engine.name, device: engine.device, reason };
  const served = { models: manager, watcher, drift, engine: chosen, retraining };
  const exposed = { ...whatIsServed(config), ...served, feedback: feedback.service };
  const app = createApp({ ...base, ...exposed, predictions, readiness, active });

  const server = createHttpServer(app);
  const port = await listen(server, config.HOST, config.PORT);
  const address = `http://${config.HOST}:${port}`;
  logger.info({ address, registry: registry.location, engine: chosen }, 'listening; see README.md');

  process.on('SIGHUP', () => void watcher.poll());
  onStopSignal(logger, config.SHUTDOWN_GRACE_MS, async (graceMs) => {
    retraining.stop();
    watcher.stop();
    feedback.stop();
    await drainServer({ server, readiness, active, graceMs });
    await manager.close();
    await engine.close();
    // It may still write its checkpoint, for as long as the grace period lasts.
    await retraining.runner.idle();
  });
  void feedback.start();
  await retraining.start(() => void watcher.poll());
  await watcher.start();
}

function createManager(base: Base, engine: Engine, drift: DriftMonitor | undefined): ModelManager {
  const { config, logger, metrics, registry } = base;
  const modelName = config.MODEL_NAME;
  const keeper = new CacheKeeper({ registry, modelName, logger });
  const load = createModelLoader({
    registry,
    modelName,
    engine,
    batching: {
      maxSize: config.BATCH_MAX_SIZE,
      maxWaitMs: config.BATCH_MAX_WAIT_MS,
      queueMaxImages: config.QUEUE_MAX_IMAGES,
    },
    metrics,
  });
  return new ModelManager({
    load,
    logger,
    metrics,
    // A registry that came back is served from within two poll intervals, a transfer that hangs and a load included.
    retry: { minMs: 1000, maxMs: Math.min(60, config.REGISTRY_POLL_SECONDS / 2) * 1000 },
    mayKeepPrevious: ({ manifest }) =>
      config.KEEP_PREVIOUS_MODEL === 'auto' && hasRoomFor(manifest),
    onSwap: (versions, serving) => {
      drift?.watch(serving);
      void keeper.tidy(versions);
    },
  });
}

function createWatcher(base: Base, manager: ModelManager): AliasWatcher {
  const { MODEL_NAME, MODEL_ALIAS, REGISTRY_POLL_SECONDS } = base.config;
  return new AliasWatcher({
    ...base,
    modelName: MODEL_NAME,
    alias: MODEL_ALIAS,
    pollMs: REGISTRY_POLL_SECONDS * 1000,
    manager,
  });
}

function createPredictService(
  { config, metrics, registry }: Base,
  manager: ModelManager,
  observers: readonly AnswerObserver[] = [],
): PredictService {
  return new PredictService(
    new ServingModelSource(manager, registry, config.MODEL_NAME),
    new PhotoEstimator({ preprocess, metrics, maxPixels: config.MAX_PIXELS }),
    observers,
  );
}

function whatIsServed(
  config: Config,
): Pick<AppDependencies, 'modelName' | 'modelAlias' | 'adminToken' | 'limits'> {
  const { UPLOAD_MAX_BYTES, REQUEST_MAX_BYTES, MAX_IMAGES } = config;
  return {
    modelName: config.MODEL_NAME,
    modelAlias: config.MODEL_ALIAS,
    adminToken: config.ADMIN_TOKEN,
    limits: {
      uploadMaxBytes: UPLOAD_MAX_BYTES,
      requestMaxBytes: REQUEST_MAX_BYTES,
      maxImages: MAX_IMAGES,
    },
  };
}

/** Faults of the set-up, which the operator can mend: told in a line, without a stack. */
const faultsOfSetup = [ConfigError, RegistryError, EngineUnavailableError, ListenError];

try {
  await start();
} catch (error) {
  const isOfSetup = faultsOfSetup.some((kind) => error instanceof kind);
  const told = isOfSetup ? (error as Error).message : ((error as Error).stack ?? String(error));
  process.stderr.write(`face-age cannot start: ${told}\n`);
  process.exit(1);
}
