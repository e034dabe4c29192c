import { FileRegistry } from './file-registry.ts';
import { RegistryError, type ModelRegistry } from './registry.ts';

/**
 * The registry of a MODEL_REGISTRY setting.
 * @throws RegistryError for a location of a kind this build cannot read.
 */
export function openRegistry(location: string): ModelRegistry {
  const scheme = /^([a-z0-9+.-]+):\/\//i.exec(location)?.[1];
  if (scheme === undefined) return new FileRegistry(location);
  throw new RegistryError(
    `MODEL_REGISTRY=${location}: ${scheme}:// is not supported yet; give a folder such as ./models.`,
  );
}
