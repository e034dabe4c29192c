import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../common/errors.ts';
import { isUnfinished } from './atomic-file.ts';
import { isMissing } from './missing-file.ts';
import { StorageError, type StoredObject } from './object-store.ts';

const STATS_IN_FLIGHT = 64;

/**
 * The files below `root/folder`, named from the root; links are followed, each folder is visited once.
 * @throws StorageError where the root, or a folder that exists, cannot be read
 */
export async function* walkFolder(
  root: string,
  folder: string,
  visited = new Set<string>(),
): AsyncGenerator<StoredObject> {
  const names = await namesIn(root, folder);
  for (let first = 0; first < names.length; first += STATS_IN_FLIGHT) {
    const keys = names
      .slice(first, first + STATS_IN_FLIGHT)
      .map((name) => (folder === '' ? name : `${folder}/${name}`));
    const all = await Promise.all(keys.map((key) => statsOf(path.join(root, key))));
    for (const [index, stats] of all.entries()) {
      const key = keys[index]!;
      if (stats?.isFile() === true) yield { key, bytes: stats.size, stamp: String(stats.mtimeMs) };
      else if (stats?.isDirectory() === true && isNew(stats, visited))
        yield* walkFolder(root, key, visited);
    }
  }
}

/** A folder below the root may be missing, or gone since its name was read. */
async function namesIn(root: string, folder: string): Promise<string[]> {
  const full = path.join(root, folder);
  try {
    return (await readdir(full)).filter((name) => !isUnfinished(name));
  } catch (error) {
    if (folder !== '' && isMissing(error)) return [];
    throw new StorageError(`cannot list ${full}: ${messageOf(error)}`, { cause: error });
  }
}

/** Undefined where the file is gone since the folder was read, or a link leads nowhere. */
function statsOf(file: string): Promise<Stats | undefined> {
  return stat(file).catch(() => undefined);
}

/** Whether a folder was not visited yet; remembers it. Links may lead in a circle. */
function isNew({ dev, ino }: Stats, visited: Set<string>): boolean {
  const before = visited.size;
  return visited.add(`${dev}:${ino}`).size > before;
}
