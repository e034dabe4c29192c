import {
  ConfigError,
  readConfig,
  readConfigWarnings,
  readSecrets,
  type Config,
} from './common/config/config.ts';
import { secretHider } from './common/hide-secrets.ts';
import { createLogger } from './common/logger.ts';
import { createMetrics } from './common/metrics/metrics.ts';
import { EngineUnavailableError } from './inference/engine/engine.ts';
import { PhotoEstimator } from './inference/estimator.ts';
import { preprocess } from './inference/preprocess/preprocess.ts';
import { registryOf } from './registry/open-registry.ts';
import { RegistryError } from './registry/registry.ts';
import { startAdminServer } from './serving/context/admin-server.ts';
import type { Base } from './serving/context/base.ts';
import { createDriftMonitor } from './serving/context/drift.ts';
import { openFeedback } from './serving/context/feedback.ts';
import { watchGpus } from './serving/context/gpu.ts';
import { observersOf } from './serving/context/observers.ts';
import { createRetraining } from './serving/context/retraining.ts';
import { startEngine } from './serving/context/start-engine.ts';
import { onStopSignal } from './serving/context/stop-signal.ts';
import { openTracing } from './serving/context/tracing.ts';
import type { Traffic } from './serving/context/traffic.ts';
import { createVersions } from './serving/context/versions.ts';
import { ActiveRequests } from './serving/http/middleware/admission.ts';
import { createApp, type AppDependencies } from './serving/http/server/app.ts';
import { drainServer } from './serving/http/server/graceful-shutdown.ts';
import { messagesOf, createHttpServer } from './serving/http/server/http-server.ts';
import { ListenError, listenOn } from './serving/http/server/listen.ts';
import { shedLoad, type LoadShedderDependencies } from './serving/http/server/load-shedder.ts';
import { Readiness } from './serving/http/server/readiness.ts';
import type { AnswerObserver, FaultObserver } from './serving/predict/answered-photo.ts';
import { PredictService } from './serving/predict/predict-service.ts';

/** The service, wired in the order in which a model and then a photo flow through it. */
async function start(): Promise<void> {
  const base = await openBase();
  const { config, logger, registry, tracing } = base;

  watchGpus(base);
  const retraining = createRetraining(base);
  const { engine, reason } = await startEngine(base);
  const drift = createDriftMonitor(base, retraining.onDrift);
  const { production, traffic, watcher, close } = createVersions(base, engine, drift);

  const feedback = await openFeedback(base, createPredictService(base, traffic));
  const { statistics, observers, onFault } = observersOf(feedback, drift, traffic);
  const predictions = createPredictService(base, traffic, observers, onFault);
  const readiness = new Readiness(production);
  const active = new ActiveRequests(config.REQUEST_DEADLINE_MS);
  const chosen = { name: engine.name, device: engine.device, reason };
  const served = { models: production, traffic, watcher, drift, engine: chosen, retraining };
  const exposed = { ...whatIsServed(config), ...served, feedback: feedback.service };
  const dependencies = { ...base, ...exposed, predictions, statistics, readiness, active };

  const server = createServer(dependencies);
  const address = await listenOn(server, config.HOST, config.PORT);
  const admin = await startAdminServer(config, dependencies);
  const logFields = { address, ...admin.logFields, registry: registry.location, engine: chosen };
  logger.info(logFields, 'listening; see README.md');

  process.on('SIGHUP', () => void watcher.poll());
  onStopSignal(logger, config.SHUTDOWN_GRACE_MS, async (graceMs) => {
    retraining.stop();
    watcher.stop();
    feedback.stop();
    await drainServer({ server, readiness, active, graceMs });
    admin.close();
    await close();
    await engine.close();
    await tracing?.close();
    // It may still write its checkpoint, for as long as the grace period lasts.
    await retraining.runner.idle();
  });
  void feedback.start();
  await retraining.start(() => void watcher.poll());
  await watcher.poll();
}

/** What every part is given. */
async function openBase(): Promise<Base> {
  const config = readConfig();
  const logger = createLogger(config.LOG_LEVEL, secretHider(readSecrets()));
  for (const warning of readConfigWarnings()) logger.warn(warning);
  const tracing = await openTracing(config, logger);
  return { config, logger, tracing, metrics: createMetrics(), registry: registryOf(config) };
}

function createServer(dependencies: AppDependencies & LoadShedderDependencies) {
  const app = createApp(dependencies);
  return createHttpServer(shedLoad(app, dependencies), { messages: messagesOf(app) });
}

function createPredictService(
  { config, metrics }: Base,
  { models }: Pick<Traffic, 'models'>,
  observers: readonly AnswerObserver[] = [],
  onFault?: FaultObserver,
): PredictService {
  return new PredictService(
    models,
    new PhotoEstimator({ preprocess, metrics, maxPixels: config.MAX_PIXELS }),
    observers,
    onFault,
  );
}

function whatIsServed(config: Config) {
  const { UPLOAD_MAX_BYTES, REQUEST_MAX_BYTES, MAX_IMAGES } = config;
  return {
    modelName: config.MODEL_NAME,
    modelAlias: config.MODEL_ALIAS,
    adminToken: config.ADMIN_TOKEN,
    adminElsewhere: config.ADMIN_PORT !== undefined,
    protection: {
      apiKeys: config.API_KEYS,
      ratePerMinute: config.RATE_LIMIT_PER_MINUTE,
      origins: config.CORS_ORIGINS,
      trustProxy: config.TRUST_PROXY,
    },
    clientKeyHeader: config.CANARY_KEY_HEADER,
    limits: {
      uploadMaxBytes: UPLOAD_MAX_BYTES,
      requestMaxBytes: REQUEST_MAX_BYTES,
      maxImages: MAX_IMAGES,
    },
  } satisfies Partial<AppDependencies>;
}

/** Faults of the set-up, which the operator can mend: told in a line, without a stack. */
const faultsOfSetup = [ConfigError, RegistryError, EngineUnavailableError, ListenError];

try {
  await start();
} catch (error) {
  const isOfSetup = faultsOfSetup.some((kind) => error instanceof kind);
  const logFields = isOfSetup
    ? (error as Error).message
    : ((error as Error).stack ?? String(error));
  process.stderr.write(`face-age cannot start: ${logFields}\n`);
  process.exit(1);
}
