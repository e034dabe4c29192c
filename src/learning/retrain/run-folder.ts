import { createHash } from 'node:crypto';
import path from 'node:path';
import { s3OptionsOf, type RetrainConfig } from '../../common/config/config.ts';
import { registryOf } from '../../registry/open-registry.ts';
import type { RegistryWriter } from '../../registry/registry.ts';
import { homePath } from '../../registry/store/local-files.ts';
import type { StoreAddress } from '../../registry/store/open-store.ts';
import type { RetrainOptions } from './retrain-options.ts';
import type { RunCourse, StatusFile } from './run-progress.ts';

/** The registry and the files of a retraining. */
export interface Place {
  registry: RegistryWriter;
  /** The store of the registry, for the lease. */
  store: StoreAddress;
  leaseKey: string;
  /** The state of a run. Each model of each registry has its own, so that the lease protects it. */
  journal: string;
  checkpoint: string;
  tensorboard: string;
  totals: string;
}

/** @throws RegistryError where the registry is of a kind that cannot be read */
export function placeOf({ name, work }: RetrainOptions, config: RetrainConfig): Place {
  const registry = registryOf(config);
  const location = config.MODEL_REGISTRY;
  const folder = path.join(path.resolve(homePath(work)), `${name}-${shortNameOf(location)}`);
  return {
    registry,
    store: { location, s3: s3OptionsOf(config) },
    leaseKey: `${name}/leases/retrain.json`,
    journal: path.join(folder, 'journal.json'),
    checkpoint: path.join(folder, 'checkpoint'),
    tensorboard: path.join(folder, 'tensorboard'),
    totals: path.join(folder, 'totals.json'),
  };
}

/** Identifies a registry in the name of a folder. */
function shortNameOf(location: string): string {
  const absolute = location.includes('://') ? location : path.resolve(location);
  return createHash('sha256').update(absolute).digest('hex').slice(0, 8);
}

/** What the stages of a run work with. */
export interface StageParts {
  options: RetrainOptions;
  config: RetrainConfig;
  place: Place;
  course: RunCourse;
  status: StatusFile;
  log: (text: string) => void;
  /** Aborts to stop the run, on request or because it lost the lease. */
  stop: AbortSignal;
  /** Throws unless the lease is held. */
  confirm: () => Promise<void>;
}
