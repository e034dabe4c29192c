import { s3OptionsOf, type RegistryConfig } from '../common/config/config.ts';
import { FileRegistry } from './file-registry.ts';
import { using } from './registry-store.ts';
import { RegistryError, type RegistryWriter } from './registry.ts';
import { S3Registry } from './s3-registry.ts';
import { homePath } from './store/local-files.ts';
import { openStore } from './store/open-store.ts';
import {
  parseS3Location,
  defaultRetryPolicy,
  type S3Options,
  type S3RetryPolicy,
} from './store/s3-client.ts';

/** For registries that are not local. */
export interface RegistryOptions {
  /** How to talk to the server; as to AWS by default. */
  s3?: S3Options;
  /** The folder for local copies, `~/.cache/face-age/models` by default. */
  cacheDir?: string;
  /** A larger version is not brought here; 2 GB by default. */
  maxBytes?: number;
}

const DEFAULT_CACHE_DIR = '~/.cache/face-age/models';
const DEFAULT_MAX_BYTES = 2_000_000_000;
const awsOptions: S3Options = { forcePathStyle: false, checksumMode: 'when_supported' };

/**
 * The registry of a MODEL_REGISTRY setting. Nothing is asked of it yet.
 * @throws RegistryError for a location of a kind this build cannot read.
 */
export function openRegistry(given: string, options: RegistryOptions = {}): RegistryWriter {
  const scheme = /^([a-z0-9+.-]+):\/\//i.exec(given)?.[1];
  if (scheme === undefined) return new FileRegistry(given);
  if (scheme !== 's3') {
    throw new RegistryError(
      `MODEL_REGISTRY=${given}: ${scheme}:// is not supported; give a folder such as ./models, or s3://bucket/prefix.`,
    );
  }
  const { location } = using('MODEL_REGISTRY', () => parseS3Location(given));
  const { s3 = awsOptions, cacheDir = DEFAULT_CACHE_DIR, maxBytes = DEFAULT_MAX_BYTES } = options;
  return new S3Registry({
    location,
    openStore: () => openStore({ location, s3 }),
    cacheDir: homePath(cacheDir),
    maxBytes,
  });
}

/** How the settings say to reach registries. */
export function registryOptionsOf(config: RegistryConfig): RegistryOptions {
  const retryPolicy = retryPolicyFor(config.REGISTRY_POLL_SECONDS * 1000);
  return { s3: { ...s3OptionsOf(config), retryPolicy }, cacheDir: config.MODEL_CACHE_DIR };
}

/**
 * A transfer that has come to nothing is given up within a poll interval, so that a store that is well again is used
 * within two; never later, nor on slower links, than by default.
 */
function retryPolicyFor(pollMs: number): Pick<S3RetryPolicy, 'smallMs' | 'stall'> {
  const { smallMs, stall } = defaultRetryPolicy;
  const windowMs = Math.min(stall.windowMs, pollMs / 2);
  return {
    smallMs: Math.min(smallMs, pollMs / 2),
    stall: { windowMs, minBytes: (stall.minBytes * windowMs) / stall.windowMs },
  };
}

/**
 * The registry that the settings name.
 * @throws RegistryError as `openRegistry`
 */
export function registryOf(config: RegistryConfig): RegistryWriter {
  return openRegistry(config.MODEL_REGISTRY, registryOptionsOf(config));
}
