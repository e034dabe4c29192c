import { StorageError } from '../storage/object-store.ts';
import type { WritableStore } from '../storage/writable-store.ts';
import { RegistryError } from './registry.ts';

/** A registry's store, opened when it is first needed, whose faults are the registry's. */
export class RegistryStore {
  /** For people. */
  readonly location: string;
  readonly #open: () => Promise<WritableStore>;
  #store: Promise<WritableStore> | undefined;

  /** @param open called once */
  constructor(location: string, open: () => Promise<WritableStore>) {
    this.location = location;
    this.#open = open;
  }

  /** @throws RegistryError for a StorageError; anything else that `question` throws as it is */
  async ask<Answer>(question: (store: WritableStore) => Promise<Answer>): Promise<Answer> {
    try {
      return await question(await (this.#store ??= this.#open()));
    } catch (error) {
      if (error instanceof StorageError) throw new RegistryError(error.message, { cause: error });
      throw error;
    }
  }

  /**
   * Sizes of all objects below a folder, by key.
   * @throws RegistryError
   */
  sizesIn(folder: string): Promise<Map<string, number>> {
    return this.ask(async (store) => {
      const sizes = new Map<string, number>();
      for await (const { key, bytes } of store.list(folder)) sizes.set(key, bytes);
      return sizes;
    });
  }

  /** For messages. */
  pathOf(key: string): string {
    return `${this.location}/${key}`;
  }
}
