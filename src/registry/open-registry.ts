import { s3OptionsOf, type RegistryConfig } from '../common/config/config.ts';
import type { Sign } from '../common/ed25519.ts';
import { FileRegistry } from './file-registry.ts';
import { VERSION_MAX_BYTES } from './manifest.ts';
import { using } from './registry-store.ts';
import { RegistryError, type RegistryWriter, type TrustOptions } from './registry.ts';
import { S3Registry } from './s3-registry.ts';
import { homePath, LOCATION, LocationError, readLocation } from '../common/config/location.ts';
import { openStore } from './store/open-store.ts';
import {
  parseS3Location,
  defaultRetryPolicy,
  type S3Options,
  type S3RetryPolicy,
} from './store/s3-client.ts';

/** Options for registries that are not local. */
export interface RegistryOptions {
  /** How to access the server; settings for AWS by default. */
  s3?: S3Options;
  /** The folder for local copies, `~/.cache/face-age/models` by default. */
  cacheDir?: string;
  /** A larger version is not downloaded; 2 GB by default. */
  maxBytes?: number;
  /** Whose versions it reads, and as whom it writes. */
  trust?: TrustOptions;
}

const DEFAULT_CACHE_DIR = '~/.cache/face-age/models';
const awsOptions: S3Options = { forcePathStyle: false, checksumMode: 'when_supported' };

/**
 * Opens the registry at a MODEL_REGISTRY location without accessing it yet.
 * @throws RegistryError if this build does not support the kind of location
 */
export function openRegistry(given: string, options: RegistryOptions = {}): RegistryWriter {
  const read = locationOf(given);
  if (!read.startsWith('s3://')) return new FileRegistry(read, options.trust);
  const { location } = using('MODEL_REGISTRY', () => parseS3Location(read));
  const { s3 = awsOptions, cacheDir = DEFAULT_CACHE_DIR, maxBytes = VERSION_MAX_BYTES } = options;
  return new S3Registry({
    location,
    openStore: () => openStore({ location, s3 }),
    cacheDir: homePath(cacheDir),
    maxBytes,
    trust: options.trust,
  });
}

function locationOf(given: string): string {
  try {
    return readLocation(given);
  } catch (error) {
    if (!(error instanceof LocationError)) throw error;
    throw new RegistryError(`MODEL_REGISTRY must be ${LOCATION}; ${error.message}.`, {
      cause: error,
    });
  }
}

/** The registry options of the settings. */
export function registryOptionsOf(config: RegistryConfig, sign?: Sign): RegistryOptions {
  const retryPolicy = retryPolicyFor(config.REGISTRY_POLL_SECONDS * 1000);
  return {
    s3: { ...s3OptionsOf(config), retryPolicy },
    cacheDir: config.MODEL_CACHE_DIR,
    trust: { publicKey: config.MODEL_PUBLIC_KEY, sign },
  };
}

/**
 * A stalled request is given up within one poll interval, so that a store that has recovered is used within two. The
 * limits are never looser than the defaults.
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
 * @param sign signs the versions that are published
 * @throws RegistryError like `openRegistry`
 */
export function registryOf(config: RegistryConfig, sign?: Sign): RegistryWriter {
  return openRegistry(config.MODEL_REGISTRY, registryOptionsOf(config, sign));
}
