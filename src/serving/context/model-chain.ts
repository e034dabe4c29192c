import type { Clock } from '../../common/clock.ts';
import type { Engine } from '../../inference/engine/engine.ts';
import {
  type LoadedModel,
  hasRoomFor,
  type LoadModel,
} from '../../registry/loading/loaded-model.ts';
import { createModelLoader } from '../../registry/loading/model-loader.ts';
import { AliasWatcher, type AliasFollower } from '../lifecycle/alias-watcher.ts';
import { CachePruner } from '../lifecycle/cache-pruner.ts';
import { ModelManager } from '../lifecycle/model-manager.ts';
import type { ManagerMetrics } from '../lifecycle/model-metrics.ts';
import type { Base } from './base.ts';

/** What all versions have in common that this process loads. */
export interface Loading {
  load: LoadModel;
  /** Those that load with it; each is added as it is made. */
  managers: ModelManager[];
  /** Lets go of local copies that no manager needs. */
  tidy: () => void;
}

/** Versions are loaded into the one engine. */
export function createLoading(base: Base, engine: Engine): Loading {
  const { config, logger, metrics, registry } = base;
  const modelName = config.MODEL_NAME;
  const pruner = new CachePruner({ registry, modelName, logger });
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
    metrics,
  });
  const managers: ModelManager[] = [];
  const inUse = () => new Set(managers.flatMap(({ versionsInUse }) => [...versionsInUse]));
  return { load, managers, tidy: () => void pruner.tidy(inUse()) };
}

/** The version that answers unless something else is said; it may keep the one before for the way back. */
export function createProduction(
  base: Base,
  loading: Loading,
  onServe: (serving: LoadedModel) => void,
): ModelManager {
  const keeps = base.config.KEEP_PREVIOUS_MODEL === 'auto';
  const mayKeepPrevious = ({ manifest }: LoadedModel) => keeps && hasRoomFor(manifest);
  return createManager(base, loading, { load: loading.load, mayKeepPrevious, onServe });
}

/** A version beside production, where there is room for it. */
export function createBeside(
  base: Base,
  loading: Loading,
  alias: string,
  onServe: () => void,
): ModelManager {
  const { registry, config, metrics } = base;
  const load: LoadModel = async (desired, signal) => {
    const manifest = await registry.readManifest(config.MODEL_NAME, desired.version);
    if (!hasRoomFor(manifest))
      throw new Error('there is not enough memory for it beside production');
    return loading.load(desired, signal);
  };
  const ownMetrics: ManagerMetrics = {
    ...metrics,
    modelSwaps: { inc: ({ result }) => metrics.sideLoads.inc({ alias, result }) },
    modelServingVersion: { set: (version) => metrics.sideVersion.set({ alias }, version) },
    modelDesiredVersion: { set: () => undefined },
  };
  const logger = base.logger.child({ beside: alias });
  return createManager({ ...base, logger, metrics: ownMetrics }, loading, { load, onServe });
}

interface ManagerOptions {
  load: LoadModel;
  mayKeepPrevious?: (model: LoadedModel) => boolean;
  onServe: (serving: LoadedModel) => void;
}

function createManager(
  { config, logger, metrics }: Omit<Base, 'metrics'> & { metrics: ManagerMetrics },
  { managers, tidy }: Loading,
  { load, mayKeepPrevious, onServe }: ManagerOptions,
): ModelManager {
  const manager = new ModelManager({
    load,
    logger,
    metrics,
    // A registry that came back is served from within two poll intervals, a transfer that hangs and a load included.
    retry: { minMs: 1000, maxMs: Math.min(60, config.REGISTRY_POLL_SECONDS / 2) * 1000 },
    mayKeepPrevious: mayKeepPrevious ?? (() => false),
    onSwap: (_versions, serving) => {
      onServe(serving);
      tidy();
    },
    isLoadedElsewhere: (version) => managers.some((other) => other.isLoaded(version)),
  });
  managers.push(manager);
  return manager;
}

/** Has a follower learn what an alias stands for, again and again. */
export function followAlias(
  base: Base & { clock?: Clock },
  alias: string,
  manager: AliasFollower,
): AliasWatcher {
  const { MODEL_NAME, REGISTRY_POLL_SECONDS } = base.config;
  const pollMs = REGISTRY_POLL_SECONDS * 1000;
  return new AliasWatcher({ ...base, modelName: MODEL_NAME, alias, pollMs, manager });
}
