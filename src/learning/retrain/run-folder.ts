import { createHash } from 'node:crypto';
import path from 'node:path';
import { s3OptionsOf, type RetrainConfig } from '../../common/config/config.ts';
import { registryOf } from '../../registry/open-registry.ts';
import type { RegistryWriter } from '../../registry/registry.ts';
import { homePath } from '../../registry/store/local-files.ts';
import type { StoreAddress } from '../../registry/store/open-store.ts';
import type { RetrainOptions } from './retrain-options.ts';
import type { RunCourse, StatusFile } from './run-progress.ts';

/** Where a retraining works. */
export interface Place {
  registry: RegistryWriter;
  /** Of the registry, for the lease. */
  store: StoreAddress;
  leaseKey: string;
  /** What a run has done so far: its own for each model of each registry, so that the lease covers it. */
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

/** Of a registry, for the name of a folder. */
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
  tell: (text: string) => void;
  /** Aborts where the run is to stop, by a person or because it lost the lease. */
  stop: AbortSignal;
  /** Throws where the lease is not held. */
  confirm: () => Promise<void>;
}
