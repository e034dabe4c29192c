import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import {
  ObjectUnreadableError,
  StorageError,
  type ObjectStore,
  type StoredObject,
} from './object-store.ts';

const STATS_IN_FLIGHT = 64;

/** The files of a folder and of the folders in it; links are followed, each folder is visited once. */
export class FolderStore implements ObjectStore {
  readonly location: string;

  /** @param folder an absolute path, or one relative to the working directory */
  constructor(folder: string) {
    this.location = path.resolve(folder);
  }

  list(): AsyncGenerator<StoredObject> {
    return this.#walk('', new Set());
  }

  async read(key: string): Promise<Buffer<ArrayBuffer>> {
    try {
      return await readFile(path.join(this.location, key));
    } catch (error) {
      throw new ObjectUnreadableError(`cannot read ${key}: ${messageOf(error)}`, { cause: error });
    }
  }

  async *#walk(folder: string, visited: Set<string>): AsyncGenerator<StoredObject> {
    const names = await this.#namesIn(folder);
    for (let first = 0; first < names.length; first += STATS_IN_FLIGHT) {
      const keys = names
        .slice(first, first + STATS_IN_FLIGHT)
        .map((name) => (folder === '' ? name : `${folder}/${name}`));
      const all = await Promise.all(keys.map((key) => this.#stat(key)));
      for (const [index, stats] of all.entries()) {
        const key = keys[index]!;
        if (stats?.isFile() === true)
          yield { key, bytes: stats.size, stamp: String(stats.mtimeMs) };
        else if (stats?.isDirectory() === true && isNew(stats, visited))
          yield* this.#walk(key, visited);
      }
    }
  }

  async #namesIn(folder: string): Promise<string[]> {
    const full = path.join(this.location, folder);
    try {
      return await readdir(full);
    } catch (error) {
      throw new StorageError(`cannot list ${full}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Undefined where the file is gone since the folder was read, or a link leads nowhere. */
  #stat(key: string): Promise<Stats | undefined> {
    return stat(path.join(this.location, key)).catch(() => undefined);
  }
}

/** Whether a folder was not visited yet; remembers it. Links may lead in a circle. */
function isNew({ dev, ino }: Stats, visited: Set<string>): boolean {
  const before = visited.size;
  return visited.add(`${dev}:${ino}`).size > before;
}
