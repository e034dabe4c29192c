import { createHash } from 'node:crypto';
import path from 'node:path';
import { s3OptionsOf, type RetrainConfig } from '../../common/config/config.ts';
import { readSigner } from '../../common/ed25519.ts';
import { registryOf } from '../../registry/open-registry.ts';
import type { RegistryWriter } from '../../registry/registry.ts';
import { homePath } from '../../common/config/location.ts';
import type { StoreAddress } from '../../registry/store/open-store.ts';
import type { RetrainOptions } from './retrain-options.ts';
import type { RunCourse, StatusFile } from './run-progress.ts';

/** The registry of a retraining and the paths of its files. */
export interface RunFolder {
  registry: RegistryWriter;
  /** The store of the registry, for the lease. */
  store: StoreAddress;
  leaseKey: string;
  /** The state of a run. Each model of each registry has its own files, so that its lease protects them. */
  journal: string;
  checkpoint: string;
  tensorboard: string;
  totals: string;
}

/** @throws RegistryError if the kind of the registry is not supported */
export function runFolderOf(
  { name, work, sign }: RetrainOptions,
  config: RetrainConfig,
): RunFolder {
  const registry = registryOf(config, sign === undefined ? undefined : readSigner(sign));
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

/** A short hash that identifies a registry in the name of a folder. */
function shortNameOf(location: string): string {
  const absolute = location.includes('://') ? location : path.resolve(location);
  return createHash('sha256').update(absolute).digest('hex').slice(0, 8);
}

/** The dependencies of the stages of a run. */
export interface StageParts {
  options: RetrainOptions;
  config: RetrainConfig;
  runFolder: RunFolder;
  course: RunCourse;
  status: StatusFile;
  log: (text: string) => void;
  /** Aborts to stop the run, either on request or because the lease was lost. */
  stop: AbortSignal;
  /** Throws unless the lease is held. */
  confirm: () => Promise<void>;
}
