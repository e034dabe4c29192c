import { createHash } from 'node:crypto';
import { z } from 'zod';
import { changeDocument, parseFound } from './compare-and-swap.ts';
import { using, isName, requireName, type RegistryStore } from './registry-store.ts';
import { aliasSchema, type Alias } from './registry.ts';

/**
 * Parses and validates an alias.
 * @param path for the error message
 * @throws RegistryError
 */
export function parseAlias(text: string, path: string): Alias {
  return using(path, () => check(JSON.parse(text)));
}

/**
 * Formats an alias as it is stored.
 * @throws RegistryError if it is not valid
 */
export function formatAlias(alias: Alias, path: string): Buffer {
  const checked = using(path, () => check(alias));
  return Buffer.from(`${JSON.stringify(checked, null, 2)}\n`);
}

function check(document: unknown): Alias {
  const parsed = aliasSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new Error(z.prettifyError(parsed.error));
}

/** Identifies the state of an alias: another one with each move, also to the same version. */
export function aliasEtag({ version, weight, updatedAt, by, reason }: Alias): string {
  const state = JSON.stringify([version, weight ?? null, updatedAt, by, reason]);
  return createHash('sha256').update(state).digest('hex');
}

/** The alias of a version that answers a share of the traffic, given by the pointer's weight. */
export const CANARY_ALIAS = 'canary';
/** The alias of a version that receives copies of photos and whose answers are discarded. */
export const SHADOW_ALIAS = 'shadow';

/** A canary without a weight, or a weight for another alias. */
export class WeightError extends Error {
  override readonly name = 'WeightError';
}

/**
 * Checks that an alias is given a weight exactly if it takes one.
 * @throws WeightError that says what to give
 */
export function assertWeight(alias: string, weight: number | undefined): void {
  if (alias !== CANARY_ALIAS) {
    if (weight === undefined) return;
    throw new WeightError(`Only "${CANARY_ALIAS}" takes a weight; "${alias}" has none.`);
  }
  if (weight !== undefined && weight >= 0 && weight <= 1) return;
  throw new WeightError(
    `"${CANARY_ALIAS}" takes a weight from 0 to 1: the share of the traffic that it answers.`,
  );
}

const aliasFormat = { parse: parseAlias, format: formatAlias };
const ALIAS_KEY = /^[^/]+\/aliases\/([^/]+)\.json$/;

/** The aliases of a registry, `<name>/aliases/<alias>.json`, in any store. Each method throws RegistryError. */
export class StoredAliases {
  readonly #store: RegistryStore;
  /** The pointers as last read, by key. */
  readonly #known = new Map<string, { etag: string; pointer: Alias }>();

  constructor(store: RegistryStore) {
    this.#store = store;
  }

  /** Reads the pointer only if it has changed; otherwise returns the same object as before. */
  async read(model: string, alias: string): Promise<Alias | undefined> {
    if (!isName(alias)) return undefined;
    const key = keyOf(model, alias);
    const known = this.#known.get(key);
    const found = await this.#store.ask((store) => store.readIfChanged(key, known?.etag));
    if (found.outcome === 'unchanged') return known?.pointer;
    this.#known.delete(key);
    const pointer = parseFound(aliasFormat, found, this.#store.pathOf(key));
    if (found.outcome === 'found' && pointer !== undefined)
      this.#known.set(key, { etag: found.etag, pointer });
    return pointer;
  }

  async list(model: string): Promise<Record<string, Alias>> {
    const keys = [...(await this.#store.sizesIn(`${model}/aliases/`)).keys()];
    const names = keys.flatMap((key) => ALIAS_KEY.exec(key)?.[1] ?? []).toSorted();
    const pointers = await Promise.all(names.map((name) => this.read(model, name)));
    const aliases: Record<string, Alias> = {};
    for (const [index, name] of names.entries()) {
      const pointer = pointers[index];
      if (pointer !== undefined) aliases[name] = pointer;
    }
    return aliases;
  }

  /** See RegistryWriter.changeAlias. */
  async change(
    model: string,
    alias: string,
    change: (current: Alias | undefined) => Alias,
  ): Promise<Alias> {
    requireName('model', model);
    requireName('alias', alias);
    const key = keyOf(model, alias);
    return changeDocument(this.#store, { key, change, ...aliasFormat });
  }
}

function keyOf(model: string, alias: string): string {
  return `${model}/aliases/${alias}.json`;
}
