import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  ObjectUnreadableError,
  StorageError,
  PreconditionFailedError,
  type WritableStore,
} from '../../../src/registry/store/object-store.ts';

/** A store in memory whose objects the test can see and whose failures it controls. */
export interface WritableMemoryStore extends WritableStore {
  readonly objects: Map<string, Buffer<ArrayBuffer>>;
  /** Called before each operation; its error is thrown to the caller. */
  before: (action: string, key: string) => void | Promise<void>;
}

export function writableMemoryStore(): WritableMemoryStore {
  const objects = new Map<string, Buffer<ArrayBuffer>>();
  const store: WritableMemoryStore = {
    location: '/memory',
    objects,
    before: () => undefined,
    async *list(folder = '') {
      await store.before('list', folder);
      for (const [key, content] of [...objects])
        if (key.startsWith(folder))
          yield { key, bytes: content.length, etag: etagOf(content), modifiedMs: 0 };
    },
    read: async (key) => {
      await store.before('read', key);
      const content = objects.get(key);
      if (content === undefined) throw new ObjectUnreadableError(`cannot read ${key}`);
      return content;
    },
    readIfChanged: async (key, etag) => {
      await store.before('read', key);
      const bytes = objects.get(key);
      if (bytes === undefined) return { outcome: 'missing' };
      const found = etagOf(bytes);
      return found === etag ? { outcome: 'unchanged' } : { outcome: 'found', bytes, etag: found };
    },
    download: () => Promise.reject(new StorageError('not in memory')),
    put: async (key, content, condition) => {
      await store.before('put', key);
      const now = objects.get(key);
      const wanted = condition && ('ifMatch' in condition ? condition.ifMatch : undefined);
      if (condition !== undefined && wanted !== (now && etagOf(now)))
        throw new PreconditionFailedError(`${key} was changed by another`);
      objects.set(key, Buffer.from(content));
      return etagOf(content);
    },
    upload: async (key, source) => {
      await store.before('upload', key);
      const content = source instanceof Uint8Array ? source : await readFile(source.file);
      objects.set(key, Buffer.from(content));
      return { bytes: content.length, sha256: etagOf(content) };
    },
    delete: async (key) => {
      await store.before('delete', key);
      objects.delete(key);
    },
  };
  return store;
}

function etagOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
