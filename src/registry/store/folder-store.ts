import { createHash } from 'node:crypto';
import { type Stats, createReadStream, createWriteStream } from 'node:fs';
import { readdir, stat, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../common/errors.ts';
import { defaultLockRetryPolicy, withFileLock } from './file-lock.ts';
import { isUnfinished, isMissing, replaceFile, undefinedIfMissing } from './local-files.ts';
import {
  StorageError,
  type StoredObject,
  ObjectUnreadableError,
  streamOf,
  type UploadSource,
  PreconditionFailedError,
  type ConditionalRead,
  type DownloadOptions,
  type Transferred,
  type WritableStore,
  type WriteCondition,
} from './object-store.ts';
import { Meter } from './stall-guard.ts';

const STATS_IN_FLIGHT = 64;

/**
 * The files below `root/folder`, with keys relative to the root. Links are followed; each folder is visited once.
 * @throws StorageError if the root or an existing folder cannot be read
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
      if (stats?.isFile() === true) yield { key, ...objectOf(stats) };
      else if (stats?.isDirectory() === true && isNew(stats, visited))
        yield* walkFolder(root, key, visited);
    }
  }
}

function objectOf({ size, mtimeMs }: Stats): Omit<StoredObject, 'key'> {
  return { bytes: size, etag: String(mtimeMs), modifiedMs: mtimeMs };
}

/** A folder below the root may be missing, or may have been removed since its name was read. */
async function namesIn(root: string, folder: string): Promise<string[]> {
  const full = path.join(root, folder);
  try {
    return (await readdir(full)).filter((name) => !isUnfinished(name));
  } catch (error) {
    if (folder !== '' && isMissing(error)) return [];
    throw new StorageError(`cannot list ${full}: ${messageOf(error)}`, { cause: error });
  }
}

/** Undefined if the file was removed since the folder was read, or a link is broken. */
function statsOf(file: string): Promise<Stats | undefined> {
  return stat(file).catch(() => undefined);
}

/** Whether a folder has not been visited yet; marks it as visited. Links may form cycles. */
function isNew({ dev, ino }: Stats, visited: Set<string>): boolean {
  const before = visited.size;
  return visited.add(`${dev}:${ino}`).size > before;
}

/** A folder as an object store. Links are followed; each folder is visited once. */
export class FolderStore implements WritableStore {
  readonly location: string;
  readonly #lockRetryPolicy;

  /** @param folder an absolute path, or one relative to the working directory */
  constructor(folder: string, lockRetryPolicy = defaultLockRetryPolicy) {
    this.location = path.resolve(folder);
    this.#lockRetryPolicy = lockRetryPolicy;
  }

  list(folder = ''): AsyncGenerator<StoredObject> {
    return walkFolder(this.location, folder.replace(/\/$/, ''));
  }

  async read(key: string): Promise<Buffer<ArrayBuffer>> {
    try {
      return await readFile(this.#pathOf(key));
    } catch (error) {
      throw new ObjectUnreadableError(`cannot read ${key}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** The ETag is the content's hash. */
  async readIfChanged(key: string, etag?: string): Promise<ConditionalRead> {
    const bytes = await this.#acting('read', key, () =>
      readFile(this.#pathOf(key)).catch(undefinedIfMissing),
    );
    if (bytes === undefined) return { outcome: 'missing' };
    const found = etagOf(bytes);
    return found === etag ? { outcome: 'unchanged' } : { outcome: 'found', bytes, etag: found };
  }

  download(key: string, file: string, { maxBytes, signal }: DownloadOptions): Promise<Transferred> {
    return this.#acting('read', key, async () => {
      signal?.throwIfAborted();
      return copy(createReadStream(this.#pathOf(key)), file, { maxBytes, signal });
    }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }

  put(key: string, content: Uint8Array, condition?: WriteCondition): Promise<string> {
    const file = this.#pathOf(key);
    const lock = path.join(path.dirname(file), `.${path.basename(file)}.lock`);
    const write = (confirm: () => Promise<void>) =>
      replaceFile(file, async (partial) => {
        if (condition !== undefined) await this.#requireCondition(key, condition);
        await writeFile(partial, content);
        await confirm();
        return etagOf(content);
      });
    return this.#acting('write', key, () => withFileLock(lock, write, this.#lockRetryPolicy));
  }

  upload(key: string, source: UploadSource): Promise<Transferred> {
    return this.#acting('write', key, () =>
      replaceFile(this.#pathOf(key), (partial) => copy(streamOf(source), partial)),
    );
  }

  delete(key: string): Promise<void> {
    return this.#acting('remove', key, () => rm(this.#pathOf(key), { force: true }));
  }

  async #requireCondition(key: string, condition: WriteCondition): Promise<void> {
    const now = await this.readIfChanged(key);
    const etag = now.outcome === 'found' ? now.etag : undefined;
    if (etag === ('ifMatch' in condition ? condition.ifMatch : undefined)) return;
    throw new PreconditionFailedError(`${this.#pathOf(key)} was changed by another`);
  }

  async #acting<Result>(action: string, key: string, act: () => Promise<Result>): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof PreconditionFailedError) throw error;
      throw new StorageError(`cannot ${action} ${this.#pathOf(key)}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  #pathOf(key: string): string {
    return path.join(this.location, key);
  }
}

async function copy(
  from: Readable,
  to: string,
  { maxBytes = Infinity, signal }: Partial<DownloadOptions> = {},
): Promise<Transferred> {
  const meter = new Meter(maxBytes);
  const options = signal === undefined ? {} : { signal };
  await pipeline(from, meter, createWriteStream(to), options);
  return meter.total();
}

function etagOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
