import { assertWeight } from './alias-weight.ts';
import { movedAlias } from './moved-alias.ts';
import type { Alias, RegistryWriter } from './registry.ts';

/** Which alias is moved, and what is remembered of it. */
export interface AliasMove {
  model: string;
  alias: string;
  /** The version that it must stand for now, null for none; anything by default. */
  expect?: number | null | undefined;
  /** Share of the traffic, for the canary alone. */
  weight?: number | undefined;
  /** Who or what moves it. */
  by: string;
  reason: string;
}

/** The alias stands for another version than was expected: somebody else moved it. */
export class AliasMovedError extends Error {
  override readonly name = 'AliasMovedError';
}

/** There is no such version, or none to go back to. */
export class NoSuchVersionError extends Error {
  override readonly name = 'NoSuchVersionError';
}

/**
 * Points an alias at a version, a canary with its weight. Where it stands so already, nothing is written.
 * @throws WeightError, NoSuchVersionError, AliasMovedError where `expect` does not hold; RegistryError
 */
export async function promote(
  registry: RegistryWriter,
  version: number,
  move: AliasMove,
): Promise<Alias> {
  assertWeight(move.alias, move.weight);
  await requireVersion(registry, move.model, version);
  return pointAt(registry, version, move);
}

/**
 * Points an alias back at the version it stood for before; doing so twice comes back. A canary keeps its weight.
 * @throws NoSuchVersionError where there is none; AliasMovedError where `expect` does not hold; RegistryError
 */
export async function rollBack(registry: RegistryWriter, move: AliasMove): Promise<Alias> {
  const { model, alias } = move;
  const current = await registry.readAlias(model, alias);
  const previous = current?.previous ?? undefined;
  if (current === undefined || previous === undefined) {
    throw new NoSuchVersionError(`"${alias}" of ${model} stood for no version before.`);
  }
  await requireVersion(registry, model, previous);
  // Between reading and writing somebody may have moved it: back is then somewhere else.
  const { weight } = current;
  return pointAt(registry, previous, { ...move, weight, expect: move.expect ?? current.version });
}

/** @throws NoSuchVersionError naming the versions that there are; RegistryError */
export async function requireVersion(
  registry: RegistryWriter,
  model: string,
  version: number,
): Promise<void> {
  const versions = await registry.listVersions(model);
  if (versions.includes(version)) return;
  const known = versions.length === 0 ? 'none' : versions.join(', ');
  throw new NoSuchVersionError(
    `${registry.location} has no version ${version} of ${model}; it has ${known}.`,
  );
}

/** Carries the pointer as it is out of a change that has nothing to write. */
class Unchanged extends Error {
  readonly pointer: Alias;

  constructor(pointer: Alias) {
    super();
    this.pointer = pointer;
  }
}

async function pointAt(registry: RegistryWriter, version: number, move: AliasMove): Promise<Alias> {
  try {
    return await registry.changeAlias(move.model, move.alias, (current) => {
      requireExpected(current, move);
      if (current?.version === version && current.weight === move.weight)
        throw new Unchanged(current);
      return movedAlias(current, { ...move, version });
    });
  } catch (error) {
    if (error instanceof Unchanged) return error.pointer;
    throw error;
  }
}

function requireExpected(current: Alias | undefined, { alias, expect }: AliasMove): void {
  const found = current?.version ?? null;
  if (expect === undefined || found === expect) return;
  throw new AliasMovedError(`"${alias}" stands for ${told(found)}, not for ${told(expect)}.`);
}

function told(version: number | null): string {
  return version === null ? 'no version' : `version ${version}`;
}
