import { assertWeight, CANARY_ALIAS } from './aliases.ts';
import type { Alias, RegistryWriter } from './registry.ts';

/** Superseded pointers that an alias remembers; older ones are dropped. */
const HISTORY_MAX = 1000;

/** What an alias becomes, by whom and why. */
export interface AliasChange {
  version: number;
  /** Of a canary. */
  weight?: number | undefined;
  by: string;
  reason: string;
}

/** The pointer after a change, which remembers the one before. `previous` is the latest other version. */
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
  throw new AliasMovedError(`"${alias}" stands for ${text(found)}, not for ${text(expect)}.`);
}

function text(version: number | null): string {
  return version === null ? 'no version' : `version ${version}`;
}

export interface CanaryEnd {
  model: string;
  /** The pointer that is meant; a newer one is somebody's later decision and stays. */
  pointer: Pick<Alias, 'version' | 'updatedAt'>;
  by: string;
  reason: string;
}

/** The pointer was moved meanwhile; carries it out of a change that has nothing to write. */
class Overtaken extends Error {}

/**
 * Takes the canary's share of the traffic away, for every server that follows the alias, and remembers why.
 * @returns whether it was this call that did; false where the pointer is not the one that is meant any more.
 * @throws RegistryError
 */
export async function endCanary(registry: RegistryWriter, end: CanaryEnd): Promise<boolean> {
  const { model, pointer, by, reason } = end;
  try {
    await registry.changeAlias(model, CANARY_ALIAS, (current) => {
      const meant = current?.version === pointer.version && current.updatedAt === pointer.updatedAt;
      if (!meant) throw new Overtaken();
      return movedAlias(current, { version: pointer.version, weight: 0, by, reason });
    });
    return true;
  } catch (error) {
    if (error instanceof Overtaken) return false;
    throw error;
  }
}
