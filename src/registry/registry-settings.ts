import { hostname, userInfo } from 'node:os';
import { readModelConfig, type ModelConfig } from '../common/config/config.ts';
import { registryOf } from './open-registry.ts';
import type { RegistryWriter } from './registry.ts';

/** Where a command works, as the service would: MODEL_REGISTRY and its like, and what the command line says instead. */
export interface RegistrySettings {
  config: ModelConfig;
  registry: RegistryWriter;
  name: string;
  alias: string;
}

/** Options that name the place. */
export const placeOptions = { name: { type: 'string' }, alias: { type: 'string' } } as const;

export const placeUsage = `  --name NAME     the model (default: MODEL_NAME, face-age)
  --alias ALIAS   the alias (default: MODEL_ALIAS, production)
  --json          print a JSON document
The registry is MODEL_REGISTRY: a folder (default ./models) or s3://bucket/prefix.`;

/** @throws ConfigError, RegistryError */
export function readSettings(given: {
  name?: string | undefined;
  alias?: string | undefined;
}): RegistrySettings {
  const config = readModelConfig();
  return {
    config,
    registry: registryOf(config),
    name: given.name ?? config.MODEL_NAME,
    alias: given.alias ?? config.MODEL_ALIAS,
  };
}

/** @throws Error where the text is no version number */
export function versionOf(text: string | undefined, what: string): number {
  if (text !== undefined && /^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`${what}: give a version number${text === undefined ? '' : `, not "${text}"`}`);
}

/** Who runs a command, for the history of an alias. */
export function whoRuns(): string {
  return `${userInfo().username}@${hostname()}`;
}
