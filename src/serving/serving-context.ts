import { systemClock } from '../common/clock.ts';
import { readSecrets, type Config } from '../common/config/config.ts';
import { endsWithin } from '../common/deadline.ts';
import { secretHider } from '../common/text/hide-secrets.ts';
import { createLogger, type Logger } from '../common/logger.ts';
import { createMetrics } from '../common/metrics/metrics.ts';
import type { Tracing } from '../common/tracing.ts';
import type { Engine } from '../inference/engine/engine.ts';
import type { SelectedEngine } from '../inference/engine/select-engine.ts';
import { PhotoEstimator } from '../inference/estimator.ts';
import type { Preprocess } from '../inference/preprocess/preprocess.ts';
import type { BudgetUse } from '../inference/decoding/decode-budget.ts';
import { GuardedPreprocess, longestWaitMs } from '../inference/decoding/guarded-preprocess.ts';
import { registryOf } from '../registry/open-registry.ts';
import { createDriftMonitor } from './drift/drift-monitor.ts';
import { openFeedback, type Feedback, type FeedbackOptions } from './feedback/open-feedback.ts';
import { followAlias } from './lifecycle/alias-watcher.ts';
import { createLoadGuards, type LoadGuards } from './lifecycle/load-guards.ts';
import { EngineHealth } from './lifecycle/engine-health.ts';
import { watchGpus } from './lifecycle/gpu-watch.ts';
import type { ModelManager } from './lifecycle/model-manager.ts';
import { ModelPool } from './lifecycle/model-pool.ts';
import type { ServerResources } from './lifecycle/server-resources.ts';
import { startEngine } from './lifecycle/start-engine.ts';
import { PredictService } from './predict/predict-service.ts';
import { StatisticsCollector } from './predict/version-statistics.ts';
import { createRetraining, scheduleTimes, type Retraining } from './retraining/retraining.ts';
import { createTraffic, type Traffic } from './traffic/traffic.ts';

/** Parts that a test puts in the place of those that the settings describe. */
export interface ServingOverrides extends Partial<Omit<ServerResources, 'config'>> {
  engine?: SelectedEngine;
  feedback?: FeedbackOptions;
  tracing?: Pick<Tracing, 'begin' | 'close'> | undefined;
  retraining?: Retraining;
}

/** A server without its HTTP interface. */
export type ServingContext = Awaited<ReturnType<typeof createServingContext>>;

/**
 * Builds the parts of a server, each from those before it. No alias is read and no version loaded before `start`.
 * @throws ConfigError, RegistryError or EngineUnavailableError where the settings ask for what this machine lacks
 */
export async function createServingContext(config: Config, overrides: ServingOverrides = {}) {
  const resources = createResources(config, overrides);
  const tracing = overrides.tracing ?? (await openTracing(config, resources.logger));
  const times = scheduleTimes(config);
  watchGpus(resources);

  const { engineHealth, guards, selected } = await openEngine(resources, overrides);
  const { engine, reason } = selected;
  const pool = new ModelPool(resources, engine, guards);
  const production = pool.createProduction();
  const traffic = createTraffic(resources, pool, production);
  const watcher = watchAliases(followAlias(resources, config.MODEL_ALIAS, production), traffic);

  const decoding = createDecoding(resources);
  const predictions = createPredictService(resources, traffic, decoding);
  const statistics = new StatisticsCollector();
  const feedback = await openFeedback(resources, predictions, overrides.feedback);
  const drift = createDriftMonitor(resources, production);
  predictions.addObservers([statistics, feedback.observer, drift, ...traffic.observers]);

  const onPromoted = (): void => void watcher.poll();
  const retraining = overrides.retraining ?? createRetraining(resources, { times, onPromoted });
  drift?.onDrift(retraining.onDrift);

  const chosen = { name: engine.name, device: engine.device, reason };
  const versions = { production, traffic, watcher, drift };
  const answering = { predictions, statistics, feedback, retraining };
  const parts = { ...versions, ...answering, tracing, engineHealth };
  const lifecycle = lifecycleOf({ ...parts, decoding, runtime: engine, guards });
  return {
    ...resources,
    ...parts,
    engine: chosen,
    ...lifecycle,
  };
}

async function openEngine(resources: ServerResources, overrides: ServingOverrides) {
  const engineHealth = new EngineHealth(resources);
  if (overrides.engine !== undefined)
    // A child process could not start a test's own engine.
    return { engineHealth, guards: undefined, selected: overrides.engine };
  const selected = await startEngine(resources, engineHealth);
  return { engineHealth, guards: createLoadGuards(resources), selected };
}

interface Stoppable {
  production: Pick<ModelManager, 'close'>;
  traffic: Pick<Traffic, 'close'>;
  watcher: AliasPolling;
  feedback: Pick<Feedback, 'start' | 'stop'>;
  retraining: Pick<Retraining, 'start' | 'stop' | 'idle'>;
  decoding: Pick<GuardedPreprocess, 'close'>;
  runtime: Pick<Engine, 'close'>;
  tracing: Pick<Tracing, 'close'> | undefined;
  guards: Pick<LoadGuards, 'close'> | undefined;
  engineHealth: Pick<EngineHealth, 'fault'>;
}

function lifecycleOf(parts: Stoppable) {
  const { production, traffic, watcher, feedback, retraining, decoding, runtime, tracing } = parts;
  const { guards, engineHealth } = parts;
  return {
    /** Starts the work in the background and reads the aliases, which loads the first version. */
    start: async (): Promise<void> => {
      void feedback.start();
      await retraining.start();
      await watcher.poll();
    },
    /** Stops the work in the background; the versions still answer. */
    stop: (): void => {
      // Where the engine hangs the note stays: the load that it names is what ends the process.
      if (engineHealth.fault === undefined) void guards?.close();
      retraining.stop();
      watcher.stop();
      feedback.stop();
    },
    /** Disposes of the versions and the engine. Call it after `stop` and after the last request. */
    close: async (): Promise<void> => {
      await Promise.all([production.close(), traffic.close(), decoding.close()]);
      await runtime.close();
      await tracing?.close();
      // A run that was asked to stop may still write its checkpoint, until the grace period ends.
      await retraining.idle();
    },
  };
}

function createResources(config: Config, overrides: ServingOverrides): ServerResources {
  return {
    config,
    logger: overrides.logger ?? createLogger(config.LOG_LEVEL, secretHider(readSecrets())),
    metrics: overrides.metrics ?? createMetrics(),
    registry: overrides.registry ?? registryOf(config),
    clock: overrides.clock ?? systemClock,
  };
}

/** An unreachable collector must not delay the end of the process by more than this. */
const TRACING_CLOSE_MAX_MS = 1000;

/** Undefined where the settings name no collector; then OpenTelemetry is not even loaded. */
async function openTracing(config: Config, logger: Logger): Promise<Tracing | undefined> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  const { begin, close } = (await import('../common/tracing.ts')).openTracing({ logger });
  const closeSoon = async (): Promise<void> => {
    await endsWithin(close(), TRACING_CLOSE_MAX_MS);
  };
  return { begin, close: closeSoon };
}

/** Reads the aliases of production, canary and shadow. */
export interface AliasPolling {
  /** Reads the aliases now, then at each interval. Never rejects. */
  poll: () => Promise<void>;
  stop: () => void;
}

function watchAliases(...watchers: readonly AliasPolling[]): AliasPolling {
  return {
    poll: async () => {
      await Promise.all(watchers.map((watcher) => watcher.poll()));
    },
    stop: () => {
      for (const watcher of watchers) watcher.stop();
    },
  };
}

function createDecoding({ config, metrics, clock }: ServerResources): GuardedPreprocess {
  const memoryBytes = config.DECODE_MEMORY_BYTES;
  const { decodeBudget } = metrics;
  decodeBudget.set({ state: 'limit' }, memoryBytes);
  const onBudget = ({ usedBytes, waitingBytes }: BudgetUse): void => {
    decodeBudget.set({ state: 'used' }, usedBytes);
    decodeBudget.set({ state: 'waiting' }, waitingBytes);
  };
  onBudget({ usedBytes: 0, waitingBytes: 0 });
  const limits = { maxCpuMs: config.DECODE_MAX_MS, deadlineMs: config.REQUEST_DEADLINE_MS };
  return new GuardedPreprocess({ memoryBytes, ...limits, clock, onBudget });
}

function createPredictService(
  { config, metrics }: ServerResources,
  { models }: Pick<Traffic, 'models'>,
  decoding: GuardedPreprocess,
): PredictService {
  const preprocess: Preprocess = (...photo) => decoding.preprocess(...photo);
  const maxPixels = config.MAX_PIXELS;
  const estimator = new PhotoEstimator({ preprocess, metrics, maxPixels });
  const maxCpuMs = longestWaitMs(config.REQUEST_DEADLINE_MS);
  const costLimits = { maxPixels, maxCpuMs };
  const { FACES: faces = 'largest', MAX_FACES: maxFaces } = config;
  return new PredictService(models, estimator, { faces, maxFaces, costLimits });
}
