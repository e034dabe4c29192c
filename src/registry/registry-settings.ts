import { hostname, userInfo } from 'node:os';
import { readConfig, type Config } from '../common/config/config.ts';
import { registryOf } from './open-registry.ts';
import type { RegistryWriter } from './registry.ts';

/** The registry and model of a command: the service's settings (MODEL_REGISTRY and so on), overridden by options. */
export interface RegistrySettings {
  config: Config;
  registry: RegistryWriter;
  name: string;
  alias: string;
}

/** The options that select a model and an alias. */
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
  const config = readConfig();
  return {
    config,
    registry: registryOf(config),
    name: given.name ?? config.MODEL_NAME,
    alias: given.alias ?? config.MODEL_ALIAS,
  };
}

/** @throws Error if the text is not a version number */
export function versionOf(text: string | undefined, what: string): number {
  if (text !== undefined && /^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`${what}: give a version number${text === undefined ? '' : `, not "${text}"`}`);
}

/** The user and host that run a command, for the history of an alias. */
export function whoRuns(): string {
  return `${userInfo().username}@${hostname()}`;
}
