import { assertWeight, CANARY_ALIAS } from './aliases.ts';
import type { Alias, RegistryWriter } from './registry.ts';

/** Number of former versions that an alias remembers; older ones are dropped. */
const HISTORY_MAX = 1000;

/** A change of an alias: the new version, who made it and why. */
export interface AliasChange {
  version: number;
  /** For a canary only. */
  weight?: number | undefined;
  by: string;
  reason: string;
}

/** The alias after a change, with the former state added to its history. `previous` is the latest other version. */
export function movedAlias(current: Alias | undefined, change: AliasChange): Alias {
  const { version, weight, by, reason } = change;
  const updatedAt = new Date().toISOString();
  const moved = { version, ...(weight === undefined ? {} : { weight }), updatedAt, by, reason };
  if (current === undefined) return { ...moved, previous: null, history: [] };
  const previous = current.version === version ? current.previous : current.version;
  const history = [...current.history, eventOf(current)].slice(-HISTORY_MAX);
  return { ...moved, previous, history };
}

function eventOf({ version, weight, updatedAt, by, reason }: Alias): Alias['history'][number] {
  return { version, ...(weight === undefined ? {} : { weight }), updatedAt, by, reason };
}

/** Which alias to move, and what its history records. */
export interface AliasMove {
  model: string;
  alias: string;
  /** The version that the alias must point to now, null for none; not checked by default. */
  expect?: number | null | undefined;
  /** Share of the traffic; only for the canary. */
  weight?: number | undefined;
  /** Who or what moves it. */
  by: string;
  reason: string;
}

/** The alias points to another version than expected: somebody else moved it. */
export class AliasMovedError extends Error {
  override readonly name = 'AliasMovedError';
}

/** The version does not exist, or there is none to roll back to. */
export class NoSuchVersionError extends Error {
  override readonly name = 'NoSuchVersionError';
}

/**
 * Points an alias at a version, and a canary also at its weight. Writes nothing if this is already the case.
 * @throws WeightError; NoSuchVersionError; AliasMovedError if the alias is not at `expect`; RegistryError
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
 * Points an alias back at its previous version; a second rollback undoes the first. A canary keeps its weight.
 * @throws NoSuchVersionError if there is none; AliasMovedError if the alias is not at `expect`; RegistryError
 */
export async function rollBack(registry: RegistryWriter, move: AliasMove): Promise<Alias> {
  const { model, alias } = move;
  const current = await registry.readAlias(model, alias);
  const previous = current?.previous ?? undefined;
  if (current === undefined || previous === undefined) {
    throw new NoSuchVersionError(`"${alias}" of ${model} has no previous version.`);
  }
  await requireVersion(registry, model, previous);
  // If somebody moves the alias between this read and the write, the previous version is another one.
  const { weight } = current;
  return pointAt(registry, previous, { ...move, weight, expect: move.expect ?? current.version });
}

/** @throws NoSuchVersionError that lists the existing versions; RegistryError */
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

/** Ends a change that has nothing to write; carries the unchanged alias. */
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
  throw new AliasMovedError(
    `"${alias}" points to ${versionText(found)}, not to ${versionText(expect)}.`,
  );
}

function versionText(version: number | null): string {
  return version === null ? 'no version' : `version ${version}`;
}

export interface CanaryEnd {
  model: string;
  /** The alias as the decision saw it; a newer state is somebody's later decision and stays. */
  pointer: Pick<Alias, 'version' | 'updatedAt'>;
  by: string;
  reason: string;
}

/** Ends a change that must not be made because the alias was moved meanwhile. */
class Overtaken extends Error {}

/**
 * Sets the canary's weight to 0 for every server that follows the alias, and records why.
 * @returns whether this call did so; false if the alias has changed since the decision
 * @throws RegistryError
 */
export async function endCanary(registry: RegistryWriter, end: CanaryEnd): Promise<boolean> {
  const { model, pointer, by, reason } = end;
  try {
    await registry.changeAlias(model, CANARY_ALIAS, (current) => {
      const isCurrent =
        current?.version === pointer.version && current.updatedAt === pointer.updatedAt;
      if (!isCurrent) throw new Overtaken();
      return movedAlias(current, { version: pointer.version, weight: 0, by, reason });
    });
    return true;
  } catch (error) {
    if (error instanceof Overtaken) return false;
    throw error;
  }
}
