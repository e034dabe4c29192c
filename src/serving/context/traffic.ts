import { systemClock, type Clock } from '../../common/clock.ts';
import type { Config } from '../../common/config/config.ts';
import { CANARY_ALIAS, SHADOW_ALIAS } from '../../registry/aliases.ts';
import type { AliasWatcher } from '../lifecycle/alias-watcher.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { AnswerObserver, FaultObserver, ModelSource } from '../predict/answered-photo.ts';
import { CanaryEndWriter } from '../traffic/canary-end.ts';
import { CanaryGuard } from '../traffic/canary-guard.ts';
import type { CanaryBounds } from '../traffic/canary-verdict.ts';
import { Canary } from '../traffic/canary.ts';
import { ShadowCopies, Shadow } from '../traffic/shadow.ts';
import { SplitModelSource } from '../traffic/split-model-source.ts';
import type { Base } from './base.ts';
import { createBeside, followAlias, type Loading } from './model-chain.ts';

/** Which version answers whom, and the versions that are tried beside production. */
export interface Traffic {
  models: ModelSource;
  /** Undefined where its alias is the one that is served. */
  canary: Canary | undefined;
  /** Undefined where its alias is the one that is served, or it is switched off. */
  shadow: Shadow | undefined;
  observers: readonly AnswerObserver[];
  onFault: FaultObserver;
  /** To be called when another version has come to serve production. */
  onProduction: () => void;
  /** Looks at their aliases now, then at each interval. Never rejects. */
  poll: () => Promise<void>;
  stop: () => void;
  close: () => Promise<void>;
}

/** What both sides are made of. */
interface Shared extends Base {
  loading: Loading;
  production: ModelManager;
  clock: Clock;
}

interface Side {
  manager: ModelManager;
  watcher: AliasWatcher;
  observers: readonly AnswerObserver[];
  stop: () => void;
}

/** Canary and shadow as their aliases say; both are off while there are no such aliases. */
export function createTraffic(
  base: Base,
  loading: Loading,
  production: ModelManager,
  clock: Clock = systemClock,
): Traffic {
  const shared: Shared = { ...base, loading, production, clock };
  const { config, registry } = base;
  const canary = config.MODEL_ALIAS === CANARY_ALIAS ? undefined : canarySide(shared);
  const hasShadow = config.MODEL_ALIAS !== SHADOW_ALIAS && config.SHADOW_QUEUE_MAX_IMAGES > 0;
  const shadow = hasShadow ? shadowSide(shared) : undefined;
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
    observers: sides.flatMap(({ observers }) => observers),
    onFault: canary?.guard.observeFault ?? (() => undefined),
    onProduction: () => canary?.canary.reviewProduction(),
    poll: async () => {
      await Promise.all(sides.map(({ watcher }) => watcher.poll()));
    },
    stop: () => sides.forEach(({ stop }) => stop()),
    close: async () => {
      await Promise.all(sides.map(({ manager }) => manager.close()));
    },
  };
}

function canarySide(shared: Shared) {
  const { config, registry, logger, metrics, loading, production, clock } = shared;
  const ends = new CanaryEndWriter(registry, logger, clock);
  const manager = createBeside(shared, loading, CANARY_ALIAS, () => canary.showShare());
  const modelName = config.MODEL_NAME;
  const canary = new Canary({ modelName, manager, production, ends, logger, metrics });
  const bounds = boundsOf(config);
  const guard = new CanaryGuard({ canary, production, bounds, metrics, logger, clock });
  const watcher = followAlias(shared, CANARY_ALIAS, canary);
  const stop = (): void => {
    watcher.stop();
    ends.stop();
  };
  return { manager, watcher, observers: [guard.observe], stop, canary, guard };
}

function shadowSide(shared: Shared) {
  const { config, logger, metrics, loading, production, clock } = shared;
  const manager = createBeside(shared, loading, SHADOW_ALIAS, () => undefined);
  const shadow = new Shadow(manager, production);
  const copies = new ShadowCopies({
    shadow: manager,
    production,
    isIdle: () => loading.managers.every(({ inFlight }) => inFlight === 0),
    queueMaxImages: config.SHADOW_QUEUE_MAX_IMAGES,
    maxEngineShare: config.SHADOW_MAX_ENGINE_SHARE,
    metrics,
    logger,
    clock,
  });
  const watcher = followAlias(shared, SHADOW_ALIAS, shadow);
  const stop = (): void => {
    watcher.stop();
    copies.stop();
  };
  return { manager, watcher, observers: [copies.observe], stop, shadow };
}

function boundsOf(config: Config): CanaryBounds {
  return {
    minPhotos: config.CANARY_MIN_PHOTOS,
    maxErrorRate: config.CANARY_MAX_ERROR_RATE,
    maxLatencyRatio: config.CANARY_MAX_LATENCY_RATIO,
    maxDifferenceYears: config.CANARY_MAX_DIFFERENCE_YEARS,
  };
}
