import type { Engine } from '../../inference/engine/engine.ts';
import {
  type LoadedModel,
  hasRoomFor,
  type LoadModel,
} from '../../registry/loading/loaded-model.ts';
import { createModelLoader } from '../../registry/loading/model-loader.ts';
import type { LoadGuards } from './load-guards.ts';
import { CachePruner } from './cache-pruner.ts';
import { ModelManager, type ModelManagerOptions } from './model-manager.ts';
import type { ManagerMetrics } from './model-metrics.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { ServerResources } from './server-resources.ts';

/**
 * Creates the model managers of one server and knows what all of them together have loaded. Their versions share the
 * engine, the local copies of the registry's artifacts, and the metrics labeled with a version.
 */
export class ModelPool {
  readonly #resources: ServerResources;
  readonly #load: LoadModel;
  readonly #pruner: CachePruner;
  readonly #guards: LoadGuards | undefined;
  readonly #managers: ModelManager[] = [];

  /**
   * @param engine runs every version; the pool's owner closes it
   * @param guards protect this process from the versions that it loads; none by default
   */
  constructor(resources: ServerResources, engine: Engine, guards?: LoadGuards) {
    const { config, logger, metrics, registry } = resources;
    const modelName = config.MODEL_NAME;
    this.#resources = resources;
    this.#guards = guards;
    this.#pruner = new CachePruner({ registry, modelName, logger });
    const load = createModelLoader({
      registry,
      modelName,
      engine,
      batching: {
        maxSize: config.BATCH_MAX_SIZE,
        maxWaitMs: config.BATCH_MAX_WAIT_MS,
        queueMaxImages: config.QUEUE_MAX_IMAGES,
      },
      precision: config.PRECISION,
      licensePolicy: config.LICENSE_POLICY,
      verifyApart: guards?.verifyApart,
      verifyDetector: guards?.verifyDetector,
      metrics,
    });
    this.#load = oneAtATime(load);
  }

  /** Whether no request holds any version. */
  get isIdle(): boolean {
    return this.#managers.every(({ inFlight }) => inFlight === 0);
  }

  /** The manager of the version that answers by default. It may keep the previous version loaded for a rollback. */
  createProduction(): ModelManager {
    const { config, logger, metrics } = this.#resources;
    const keepsPrevious = config.KEEP_PREVIOUS_MODEL === 'auto';
    const guards = this.#guards;
    const manager: ModelManager = this.#create({
      load: guards?.guard(this.#load, () => manager.canServeAnother()) ?? this.#load,
      ...(guards !== undefined && { findFallback: guards.findFallback }),
      logger,
      metrics,
      mayKeepPrevious: ({ manifest }: LoadedModel) => keepsPrevious && hasRoomFor(manifest),
    });
    manager.onSwap(({ manifest }) => void guards?.recordServed(manifest.version));
    return manager;
  }

  /** The manager of a version beside production, which loads only where memory allows both. */
  createBeside(alias: string): ModelManager {
    const { config, logger, metrics, registry } = this.#resources;
    const load: LoadModel = async (desired, signal) => {
      const manifest = await registry.readManifest(config.MODEL_NAME, desired.version);
      if (!hasRoomFor(manifest))
        throw new Error('there is not enough memory for it beside production');
      return this.#load(desired, signal);
    };
    const ownMetrics: ManagerMetrics = {
      ...metrics,
      modelSwaps: { inc: ({ result }) => metrics.sideLoads.inc({ alias, result }) },
      modelServingVersion: { set: (version) => metrics.sideVersion.set({ alias }, version) },
      modelDesiredVersion: { set: () => undefined },
    };
    // Production answers instead.
    const guarded = this.#guards?.guard(load, () => Promise.resolve(true)) ?? load;
    return this.#create({
      load: guarded,
      logger: logger.child({ beside: alias }),
      metrics: ownMetrics,
    });
  }

  #create(
    options: Pick<
      ModelManagerOptions,
      'load' | 'logger' | 'metrics' | 'mayKeepPrevious' | 'findFallback'
    >,
  ): ModelManager {
    const { config, clock } = this.#resources;
    const manager = new ModelManager({
      ...options,
      // Once the registry is reachable again, two poll intervals suffice for a hanging transfer, a retry and a load.
      retry: { minMs: 1000, maxMs: Math.min(60, config.REGISTRY_POLL_SECONDS / 2) * 1000 },
      isLoadedElsewhere: (version) => this.#managers.some((other) => other.isLoaded(version)),
      clock,
    });
    manager.onSwap(() => this.#pruneCache());
    this.#managers.push(manager);
    return manager;
  }

  #pruneCache(): void {
    const inUse = new Set(this.#managers.flatMap(({ versionsInUse }) => [...versionsInUse]));
    void this.#pruner.prune(inUse);
  }
}
