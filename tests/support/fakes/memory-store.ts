import {
  ObjectUnreadableError,
  type ObjectStore,
} from '../../../src/registry/store/object-store.ts';

/** A read-only store with the given objects. */
export function memoryStore(
  objects: Readonly<Record<string, Uint8Array | string>>,
): ObjectStore & { keys: Set<string> } {
  return {
    location: '/memory',
    keys: new Set(Object.keys(objects)),
    // eslint-disable-next-line @typescript-eslint/require-await
    async *list() {
      for (const [key, content] of Object.entries(objects))
        yield { key, bytes: content.length, etag: '1', modifiedMs: 0 };
    },
    read: (key) => {
      const content = objects[key];
      return content === undefined
        ? Promise.reject(new ObjectUnreadableError(`cannot read ${key}: it does not exist`))
        : Promise.resolve(Buffer.from(content));
    },
  };
}
