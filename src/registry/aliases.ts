import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { backOffMs } from '../common/back-off.ts';
import { using, isName, requireName, type RegistryStore } from './registry-store.ts';
import { aliasSchema, type Alias, RegistryError } from './registry.ts';
import { PreconditionFailedError, type ConditionalRead } from './store/object-store.ts';

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

const ALIAS_KEY = /^[^/]+\/aliases\/([^/]+)\.json$/;

/** How many conflicting writes a change tolerates before it gives up. */
const MAX_LOST_RACES = 20;
/** Full jitter: writers that met once do not meet again. Before the nth retry, 0 to 25 × 2ⁿ ms and at most 1 s. */
const RACE_BACK_OFF = { minMs: 25, maxMs: 500, jitter: 1 };

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
    const pointer = this.#parse(key, found);
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
    for (let lost = 0; lost < MAX_LOST_RACES; lost++) {
      if (lost > 0) await sleep(backOffMs(lost, RACE_BACK_OFF));
      const written = await this.#tryChange(key, change);
      if (written !== undefined) return written;
    }
    throw new RegistryError(
      `${this.#store.pathOf(key)} was changed by others ${MAX_LOST_RACES} times in a row; this change was not made, try again`,
    );
  }

  /** Undefined if another writer changed the alias in between. */
  #tryChange(
    key: string,
    change: (current: Alias | undefined) => Alias,
  ): Promise<Alias | undefined> {
    return this.#store.ask(async (store) => {
      const found = await store.readIfChanged(key);
      const pointer = change(this.#parse(key, found));
      const content = formatAlias(pointer, this.#store.pathOf(key));
      const isNew = found.outcome !== 'found';
      try {
        await store.put(key, content, isNew ? { ifAbsent: true } : { ifMatch: found.etag });
        return pointer;
      } catch (error) {
        if (error instanceof PreconditionFailedError) return undefined;
        throw error;
      }
    });
  }

  #parse(key: string, found: ConditionalRead): Alias | undefined {
    if (found.outcome !== 'found') return undefined;
    return parseAlias(found.bytes.toString('utf8'), this.#store.pathOf(key));
  }
}

function keyOf(model: string, alias: string): string {
  return `${model}/aliases/${alias}.json`;
}
