import type { DriftMonitor } from '../drift/drift-monitor.ts';
import type { Engine } from '../../inference/engine/engine.ts';
import type { ModelManager } from '../lifecycle/model-manager.ts';
import type { Base } from './base.ts';
import { createLoading, createProduction, followAlias } from './model-chain.ts';
import { createTraffic, type Traffic } from './traffic.ts';

/** The version that serves, and those that are tried beside it. */
export interface Versions {
  production: ModelManager;
  traffic: Traffic;
  watcher: {
    /** Looks at all aliases now, then at each interval. Never rejects. */
    poll: () => Promise<void>;
    stop: () => void;
  };
  close: () => Promise<void>;
}

/** Nothing is loaded before the first poll. */
export function createVersions(
  base: Base,
  engine: Engine,
  drift: DriftMonitor | undefined,
): Versions {
  const loading = createLoading(base, engine);
  const production = createProduction(base, loading, (serving) => {
    drift?.watch(serving);
    traffic.onProduction();
  });
  const traffic = createTraffic(base, loading, production);
  const follower = followAlias(base, base.config.MODEL_ALIAS, production);
  const watcher = {
    poll: async () => {
      await Promise.all([follower.poll(), traffic.poll()]);
    },
    stop: () => {
      follower.stop();
      traffic.stop();
    },
  };
  const close = async (): Promise<void> => {
    await Promise.all([production.close(), traffic.close()]);
  };
  return { production, traffic, watcher, close };
}
