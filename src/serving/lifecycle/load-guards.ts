import { verifyApartFor, verifyDetectorFor } from '../../registry/loading/local-model.ts';
import type { LoadModel } from '../../registry/loading/loaded-model.ts';
import type { VerifyApart } from '../../registry/loading/verify-apart.ts';
import type { VerifyDetector } from '../../registry/loading/verify-detector.ts';
import { homePath } from '../../common/config/location.ts';
import { guardAgainstCrashes } from './crash-guard.ts';
import type { FindFallback } from './fallback-load.ts';
import { LoadNotes } from './load-notes.ts';
import { ServedVersions } from './served-versions.ts';
import type { ServerResources } from './server-resources.ts';

/** What protects a server from the versions that it loads. Its files are in the model cache. */
export interface LoadGuards {
  verifyApart: VerifyApart;
  verifyDetector: VerifyDetector;
  /** @param canServeAnother whether another version could serve the alias instead */
  guard: (load: LoadModel, canServeAnother: () => Promise<boolean>) => LoadModel;
  findFallback: FindFallback;
  /** Remembers the version as the one to fall back to. Never rejects. */
  recordServed: (version: number) => Promise<void>;
  /** Call it when the process stops in an orderly way: loads under way then do not count as crashes. */
  close: () => Promise<void>;
}

export function createLoadGuards({ config, logger, registry }: ServerResources): LoadGuards {
  const cacheDir = homePath(config.MODEL_CACHE_DIR);
  const notes = new LoadNotes(cacheDir);
  const served = new ServedVersions(cacheDir);
  const modelName = config.MODEL_NAME;
  const of = (alias: string) => ({ registry: registry.location, model: modelName, alias });
  return {
    verifyApart: verifyApartFor(config),
    verifyDetector: verifyDetectorFor(config),
    guard: (load, canServeAnother) =>
      guardAgainstCrashes(load, {
        ...{ registry, modelName, notes, logger },
        hasAnother: canServeAnother,
      }),
    findFallback: async ({ alias, version }, pointer) => {
      const last = await served.last(of(alias));
      const candidates = [last, pointer?.previous ?? undefined];
      return candidates.find((candidate) => candidate !== undefined && candidate !== version);
    },
    recordServed: (version) => served.record({ ...of(config.MODEL_ALIAS), version }),
    close: () => notes.endAll(),
  };
}
