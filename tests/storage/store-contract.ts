import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ObjectUnreadableError,
  StorageError,
  type ObjectStore,
} from '../../src/storage/object-store.ts';
import { gather } from '../support/gather.ts';

/** A store that a test can fill. */
export interface TestStore {
  readonly store: ObjectStore;
  put(key: string, content: string): Promise<void>;
  remove(): Promise<void>;
}

/** What every kind of store must do. */
export function describeStore(
  kind: string,
  createStore: () => Promise<TestStore>,
  openMissing: () => ObjectStore,
): void {
  let test: TestStore;
  const list = async () => {
    const objects = await gather(test.store.list());
    return objects.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  };

  describe(kind, () => {
    beforeEach(async () => {
      test = await createStore();
    });
    afterEach(() => test.remove());

    it('lists every object below its location by key and size', async () => {
      expect(await list()).toEqual([]);
      await test.put('b.jpg', '12');
      await test.put('a/deep/c d.jpg', '123');
      expect(await list()).toMatchObject([
        { key: 'a/deep/c d.jpg', bytes: 3 },
        { key: 'b.jpg', bytes: 2 },
      ]);
    });

    it('gives an object another stamp when its content changes, and only then', async () => {
      await test.put('a', '1');
      await test.put('b', '1');
      const before = await list();
      expect(await list()).toEqual(before);
      await test.put('a', '2');
      const after = await list();
      expect(after[0]!.stamp).not.toBe(before[0]!.stamp);
      expect(after[1]).toEqual(before[1]);
    });

    it('reads bytes', async () => {
      await test.put('a/b', 'content');
      expect((await test.store.read('a/b')).toString()).toBe('content');
    });

    it('tells a missing object from a store that is not there', async () => {
      await expect(test.store.read('none')).rejects.toThrow(ObjectUnreadableError);
      await expect(gather(openMissing().list())).rejects.toThrow(StorageError);
    });
  });
}
