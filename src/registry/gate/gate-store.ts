import { z } from 'zod';
import { changeDocument, parseFound } from '../compare-and-swap.ts';
import { gateConfigSchema, type GateConfigFile } from './gate-config.ts';
import { GATE_ID_PATTERN, gateResultSchema, type GateResult } from './gate-result.ts';
import { isName, requireName, type RegistryStore, using } from '../registry-store.ts';
import { RegistryError } from '../registry.ts';
import { PreconditionFailedError } from '../store/object-store.ts';

const GATE_KEY = /^[^/]+\/gates\/([^/]+)\.json$/;

/** The gate results of a registry, `<name>/gates/<id>.json`, in any store. Each method throws RegistryError. */
export class StoredGates {
  readonly #store: RegistryStore;

  constructor(store: RegistryStore) {
    this.#store = store;
  }

  /** See RegistryWriter.addGate. */
  async add(result: GateResult): Promise<void> {
    requireName('model', result.model);
    const key = keyOf(result.model, result.id);
    const valid = using(this.#store.pathOf(key), () => check(result));
    const content = Buffer.from(`${JSON.stringify(valid, null, 2)}\n`);
    await this.#store.ask(async (store) => {
      try {
        await store.put(key, content, { ifAbsent: true });
      } catch (error) {
        if (!(error instanceof PreconditionFailedError)) throw error;
        // A write is retried if its response was lost, so the existing object may be this very result.
        if ((await store.read(key)).equals(content)) return;
        throw new RegistryError(
          `${this.#store.pathOf(key)} already exists, and gate results are immutable`,
        );
      }
    });
  }

  /** See RegistryWriter.readGate. */
  async read(model: string, id: string): Promise<GateResult | undefined> {
    if (!isName(model) || !GATE_ID_PATTERN.test(id)) return undefined;
    const key = keyOf(model, id);
    const found = await this.#store.ask((store) => store.readIfChanged(key));
    if (found.outcome !== 'found') return undefined;
    const text = found.bytes.toString('utf8');
    return using(this.#store.pathOf(key), () => check(JSON.parse(text)));
  }

  /** See RegistryWriter.listGates. */
  async list(model: string): Promise<string[]> {
    const keys = await this.#store.sizesIn(`${model}/gates/`);
    return [...keys.keys()].flatMap((key) => GATE_KEY.exec(key)?.[1] ?? []).toSorted();
  }
}

function keyOf(model: string, id: string): string {
  return `${model}/gates/${id}.json`;
}

function check(document: unknown): GateResult {
  const parsed = gateResultSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new Error(z.prettifyError(parsed.error));
}

const gateConfigFormat = {
  parse: (text: string, path: string) => using(path, () => checkConfig(JSON.parse(text))),
  format: (document: GateConfigFile, path: string) => {
    const checked = using(path, () => checkConfig(document));
    return Buffer.from(`${JSON.stringify(checked, null, 2)}\n`);
  },
};

/** The gate configurations of a registry, in any store. Each method throws RegistryError. */
export class StoredGateConfig {
  readonly #store: RegistryStore;

  constructor(store: RegistryStore) {
    this.#store = store;
  }

  /** See RegistryWriter.readGateConfig. */
  async read(model: string): Promise<GateConfigFile | undefined> {
    if (!isName(model)) return undefined;
    const key = `${model}/gate.json`;
    const found = await this.#store.ask((store) => store.readIfChanged(key));
    return parseFound(gateConfigFormat, found, this.#store.pathOf(key));
  }

  /** See RegistryWriter.changeGateConfig. */
  change(
    model: string,
    change: (current: GateConfigFile | undefined) => GateConfigFile,
  ): Promise<GateConfigFile> {
    requireName('model', model);
    return changeDocument(this.#store, { key: `${model}/gate.json`, change, ...gateConfigFormat });
  }
}

function checkConfig(document: unknown): GateConfigFile {
  const parsed = gateConfigSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new Error(z.prettifyError(parsed.error));
}
