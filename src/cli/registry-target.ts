import { hostname, userInfo } from 'node:os';
import { readModelConfig, type ModelConfig } from '../common/config/config.ts';
import { readSigner } from '../common/ed25519.ts';
import { registryOf } from '../registry/open-registry.ts';
import type { RegistryWriter } from '../registry/registry.ts';

/** The registry, model and alias that a command works on. */
export interface RegistryTarget {
  config: ModelConfig;
  registry: RegistryWriter;
  name: string;
  alias: string;
}

/** What the command line gives instead of MODEL_NAME and MODEL_ALIAS. */
export interface TargetOptions {
  name?: string;
  alias?: string;
  /** A file with the private key that signs what is published. */
  sign?: string;
}

/** @throws ConfigError, RegistryError */
export function registryTarget({ name, alias, sign }: TargetOptions = {}): RegistryTarget {
  const config = readModelConfig();
  return {
    config,
    registry: registryOf(config, sign === undefined ? undefined : readSigner(sign)),
    name: name ?? config.MODEL_NAME,
    alias: alias ?? config.MODEL_ALIAS,
  };
}

/** Who runs a command, for the history of an alias: `user@host`. */
export function currentUser(): string {
  return `${userInfo().username}@${hostname()}`;
}
