import type { Config } from '../../common/config/config.ts';
import { CANARY_ALIAS, SHADOW_ALIAS } from '../../registry/aliases.ts';
import { followAlias } from '../lifecycle/alias-watcher.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { ModelPool } from '../lifecycle/model-pool.ts';
import type { ServerResources } from '../lifecycle/server-resources.ts';
import type { ModelSource, PhotoObserver } from '../predict/answered-photo.ts';
import { CanaryEndWriter } from './canary-end.ts';
import { CanaryGuard } from './canary-guard.ts';
import type { CanaryBounds } from './canary-verdict.ts';
import { Canary } from './canary.ts';
import { ShadowCopies, Shadow } from './shadow.ts';
import { SplitModelSource } from './split-model-source.ts';

/** Decides which version answers which request, and runs the versions that are tried beside production. */
export interface Traffic {
  models: ModelSource;
  /** Undefined where the served alias is the canary's. */
  canary: Canary | undefined;
  /** Undefined where the served alias is the shadow's, or the settings switch shadowing off. */
  shadow: Shadow | undefined;
  /** What has to see the photos of the traffic. */
  observers: readonly PhotoObserver[];
  /** Reads the aliases of canary and shadow now, then at each interval. Never rejects. */
  poll: () => Promise<void>;
  stop: () => void;
  close: () => Promise<void>;
}

interface Side {
  manager: ModelManager;
  poll: () => Promise<void>;
  stop: () => void;
  observer: PhotoObserver;
}

/** Sets up canary and shadow. Each is idle while its alias does not exist. */
export function createTraffic(
  resources: ServerResources,
  pool: ModelPool,
  production: ModelManager,
): Traffic {
  const { config, registry } = resources;
  const canary =
    config.MODEL_ALIAS === CANARY_ALIAS ? undefined : canarySide(resources, pool, production);
  const hasShadow = config.MODEL_ALIAS !== SHADOW_ALIAS && config.SHADOW_QUEUE_MAX_IMAGES > 0;
  const shadow = hasShadow ? shadowSide(resources, pool, production) : undefined;
  const sides: Side[] = [canary, shadow].filter((side) => side !== undefined);
  const models = new SplitModelSource({
    modelName: config.MODEL_NAME,
    registry,
    production,
    canary: canary?.canary,
    others: shadow === undefined ? [] : [shadow.manager],
  });
  return {
    models,
    canary: canary?.canary,
    shadow: shadow?.shadow,
    observers: sides.map(({ observer }) => observer),
    poll: async () => {
      await Promise.all(sides.map(({ poll }) => poll()));
    },
    stop: () => sides.forEach(({ stop }) => stop()),
    close: async () => {
      await Promise.all(sides.map(({ manager }) => manager.close()));
    },
  };
}

function canarySide(resources: ServerResources, pool: ModelPool, production: ModelManager) {
  const { config, registry, logger, metrics, clock } = resources;
  const ends = new CanaryEndWriter(registry, logger, clock);
  const manager = pool.createBeside(CANARY_ALIAS);
  const modelName = config.MODEL_NAME;
  const canary = new Canary({ modelName, manager, production, ends, logger, metrics });
  manager.onSwap(() => canary.showShare());
  production.onSwap(() => canary.reviewProduction());
  const bounds = boundsOf(config);
  const guard = new CanaryGuard({ canary, production, bounds, metrics, logger, clock });
  const watcher = followAlias(resources, CANARY_ALIAS, canary);
  const stop = (): void => {
    watcher.stop();
    ends.stop();
  };
  return { canary, manager, observer: guard, poll: () => watcher.poll(), stop };
}

function shadowSide(resources: ServerResources, pool: ModelPool, production: ModelManager) {
  const { config, logger, metrics, clock } = resources;
  const manager = pool.createBeside(SHADOW_ALIAS);
  const shadow = new Shadow(manager, production);
  const copies = new ShadowCopies({
    shadow: manager,
    production,
    isIdle: () => pool.isIdle,
    queueMaxImages: config.SHADOW_QUEUE_MAX_IMAGES,
    maxEngineShare: config.SHADOW_MAX_ENGINE_SHARE,
    metrics,
    logger,
    clock,
  });
  const watcher = followAlias(resources, SHADOW_ALIAS, shadow);
  const stop = (): void => {
    watcher.stop();
    copies.stop();
  };
  return { shadow, manager, observer: copies, poll: () => watcher.poll(), stop };
}

function boundsOf(config: Config): CanaryBounds {
  return {
    minPhotos: config.CANARY_MIN_PHOTOS,
    maxErrorRate: config.CANARY_MAX_ERROR_RATE,
    maxLatencyRatio: config.CANARY_MAX_LATENCY_RATIO,
    maxDifferenceYears: config.CANARY_MAX_DIFFERENCE_YEARS,
  };
}
