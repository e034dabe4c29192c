import { messageOf } from '../common/errors.ts';
import { DETECTOR_NAME } from './detector/detector-manifest.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { NAME_PATTERN } from './names.ts';
import { RegistryError } from './registry.ts';
import { StorageError, type WritableStore } from './store/object-store.ts';

/** Whether a text is a valid name of a model or an alias. */
export const isName = (text: string): boolean => NAME_PATTERN.test(text);

/** @throws RegistryError also for the name under which detectors are stored, which have no aliases */
export function requireName(kind: 'model' | 'alias', text: string): void {
  if (kind === 'model' && text === DETECTOR_NAME)
    throw new RegistryError(`"${text}" cannot be the name of a model: it holds face detectors`);
  if (isName(text)) return;
  throw new RegistryError(
    `"${text}" cannot be the name of a${kind === 'model' ? ' model' : 'n alias'}; use a-z, 0-9, dot, dash and underscore`,
  );
}

/** The store of a registry: opened on first use; its errors become RegistryErrors. */
export class RegistryStore {
  /** For messages. */
  readonly location: string;
  readonly #open: () => Promise<WritableStore>;
  #store: Promise<WritableStore> | undefined;

  /** @param open called once */
  constructor(location: string, open: () => Promise<WritableStore>) {
    this.location = location;
    this.#open = open;
  }

  /** @throws RegistryError in place of a StorageError; other errors of `question` unchanged */
  async ask<Answer>(question: (store: WritableStore) => Promise<Answer>): Promise<Answer> {
    try {
      return await question(await (this.#store ??= this.#open()));
    } catch (error) {
      if (error instanceof StorageError) throw new RegistryError(error.message, { cause: error });
      throw error;
    }
  }

  /**
   * The sizes of all objects below a folder, by key.
   * @throws RegistryError
   */
  sizesIn(folder: string): Promise<Map<string, number>> {
    return this.ask(async (store) => {
      const sizes = new Map<string, number>();
      for await (const { key, bytes } of store.list(folder)) sizes.set(key, bytes);
      return sizes;
    });
  }

  /** The full path of a key, for messages. */
  pathOf(key: string): string {
    return `${this.location}/${key}`;
  }
}

/**
 * Reads something at `path` and reports any error with that path.
 * @throws RegistryError if `read` throws
 */
export function using<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new RegistryError(`${path} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/** Written last: a version exists once it has a manifest. */
export const MANIFEST_FILE = 'manifest.json';
/** The detached signature of the manifest; optional, and not one of the manifest's files. */
export const SIGNATURE_FILE = 'manifest.json.sig';

/**
 * Parses the manifest of a version.
 * @param path for the error message
 * @throws RegistryError if it is not valid or belongs to another version
 */
export function parseManifestOf(
  { model, version }: { model: string; version: number },
  text: string,
  path: string,
): Manifest {
  const manifest = using(path, () => parseManifest(text));
  if (manifest.name === model && manifest.version === version) return manifest;
  throw new RegistryError(`${path} belongs to ${manifest.name} ${manifest.version}`);
}
