import { basename, dirname } from 'node:path';
import { openRegistry, type RegistryOptions } from './open-registry.ts';
import { RegistryError, type ModelRegistry } from './registry.ts';

/** The defaults for the parts that a reference leaves open. */
export interface ReferenceDefaults {
  /** A location like MODEL_REGISTRY. */
  location: string;
  name: string;
  alias: string;
  options?: RegistryOptions;
}

/** One version of a model and the registry that holds it. */
export interface ReferencedModel {
  registry: ModelRegistry;
  name: string;
  version: number;
}

/**
 * Resolves a reference to a version: a version's folder (`models/face-age/2`, `s3://bucket/face-age/2`), a version
 * number (`2`), an alias (`production`), or undefined for the default alias.
 * @throws RegistryError that lists the available versions and aliases
 */
export async function findModel(
  reference: string | undefined,
  defaults: ReferenceDefaults,
): Promise<ReferencedModel> {
  const { location, name, alias, options } = defaults;
  if (reference !== undefined && /[\\/]/.test(reference)) return findFolder(reference, options);
  const registry = openRegistry(location, options);
  if (reference === undefined) return findAlias(registry, name, alias);
  if (/^\d+$/.test(reference)) return findVersion(registry, name, Number(reference));
  return findAlias(registry, name, reference);
}

async function findFolder(reference: string, options?: RegistryOptions): Promise<ReferencedModel> {
  const version = basename(reference);
  if (!/^[1-9]\d*$/.test(version)) {
    throw new RegistryError(
      `${reference} is not a version's folder; give one such as models/face-age/2.`,
    );
  }
  const model = dirname(reference);
  const registry = openRegistry(dirname(model), options);
  return findVersion(registry, basename(model), Number(version));
}

async function findVersion(
  registry: ModelRegistry,
  name: string,
  version: number,
): Promise<ReferencedModel> {
  const versions = await registry.listVersions(name);
  if (versions.includes(version)) return { registry, name, version };
  throw new RegistryError(
    `${registry.location} has no version ${version} of ${name}; it has ${orNone(versions)}.`,
  );
}

async function findAlias(
  registry: ModelRegistry,
  name: string,
  alias: string,
): Promise<ReferencedModel> {
  const pointer = await registry.readAlias(name, alias);
  if (pointer !== undefined) return { registry, name, version: pointer.version };
  const [aliases, versions] = [await registry.listAliases(name), await registry.listVersions(name)];
  throw new RegistryError(
    `${registry.location} has no alias "${alias}" of ${name}; it has ${orNone(Object.keys(aliases))} and the versions ${orNone(versions)}.`,
  );
}

function orNone(names: readonly (string | number)[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
