import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ObjectUnreadableError,
  StorageError,
  PreconditionFailedError,
  type WritableStore,
} from '../../../src/registry/store/object-store.ts';
import { gather } from '../../support/gather.ts';

/** A store that a test can fill. */
export interface TestStore {
  readonly store: WritableStore;
  put(key: string, content: string): Promise<void>;
  remove(): Promise<void>;
}

/** The contract of every kind of store. */
export function describeStore(
  kind: string,
  createStore: () => Promise<TestStore>,
  openMissing: () => WritableStore,
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

    it("changes an object's ETag when its content changes, and only then", async () => {
      await test.put('a', '1');
      await test.put('b', '1');
      const before = await list();
      expect(await list()).toEqual(before);
      await test.put('a', '2');
      const after = await list();
      expect(after[0]!.etag).not.toBe(before[0]!.etag);
      expect(after[1]).toEqual(before[1]);
    });

    it('lists only the objects of a folder, and nothing if it does not exist', async () => {
      await test.put('b/1', 'x');
      await test.put('b/deep/2', 'x');
      await test.put('bb/3', 'x');
      const keys = (await gather(test.store.list('b/'))).map(({ key }) => key);
      expect(keys.toSorted()).toEqual(['b/1', 'b/deep/2']);
      expect(await gather(test.store.list('none/'))).toEqual([]);
    });

    it('reads bytes', async () => {
      await test.put('a/b', 'content');
      expect((await test.store.read('a/b')).toString()).toBe('content');
    });

    it('distinguishes a missing object from a missing store', async () => {
      await expect(test.store.read('none')).rejects.toThrow(ObjectUnreadableError);
      await expect(gather(openMissing().list())).rejects.toThrow(StorageError);
    });

    const found = async (key: string) => {
      const read = await test.store.readIfChanged(key);
      if (read.outcome !== 'found') throw new Error(`${key} is ${read.outcome}`);
      return { text: read.bytes.toString(), etag: read.etag };
    };

    it('reads an object only if it has changed', async () => {
      expect(await test.store.readIfChanged('a/b')).toEqual({ outcome: 'missing' });
      await test.put('a/b', '1');
      const { text, etag } = await found('a/b');
      expect(text).toBe('1');
      expect(await test.store.readIfChanged('a/b', etag)).toEqual({ outcome: 'unchanged' });
      await test.put('a/b', '2');
      expect(await test.store.readIfChanged('a/b', etag)).toMatchObject({ outcome: 'found' });
      await test.store.delete('a/b');
      expect(await test.store.readIfChanged('a/b', etag)).toEqual({ outcome: 'missing' });
    });

    it('writes and overwrites', async () => {
      const etag = await test.store.put('a/b', Buffer.from('1'));
      expect(await found('a/b')).toEqual({ text: '1', etag });
      await test.store.put('a/b', Buffer.from('2'));
      expect(await found('a/b')).toMatchObject({ text: '2' });
    });

    it('writes only if the object is absent or unchanged, when that is the condition', async () => {
      const put = (content: string, condition: Parameters<WritableStore['put']>[2]) =>
        test.store.put('a/b', Buffer.from(content), condition);
      await expect(put('1', { ifMatch: 'e4d909c290d0fb1ca068ffaddf22cbd0' })).rejects.toThrow(
        PreconditionFailedError,
      );
      const first = await put('1', { ifAbsent: true });
      await expect(put('2', { ifAbsent: true })).rejects.toThrow(PreconditionFailedError);
      const second = await put('3', { ifMatch: first });
      await expect(put('4', { ifMatch: first })).rejects.toThrow(PreconditionFailedError);
      expect(await found('a/b')).toEqual({ text: '3', etag: second });
    });

    it('lets exactly one of several concurrent writers win', async () => {
      const writers = ['a', 'b', 'c', 'd', 'e', 'f'];
      const written = await Promise.allSettled(
        writers.map((text) => test.store.put('x', Buffer.from(text), { ifAbsent: true })),
      );
      const winners = writers.filter((_, index) => written[index]!.status === 'fulfilled');
      expect(winners).toEqual([(await found('x')).text]);
    });

    it('removes an object, even one that does not exist', async () => {
      await test.put('a/b', '1');
      await test.store.delete('a/b');
      await test.store.delete('a/b');
      expect(await list()).toEqual([]);
    });

    describe('with local files', () => {
      let folder: string;
      beforeEach(async () => {
        folder = await mkdtemp(path.join(tmpdir(), 'transfer-'));
      });
      afterEach(() => rm(folder, { recursive: true }));
      const content = Buffer.alloc(300_000, 'content');
      const sha256 = createHash('sha256').update(content).digest('hex');

      it('uploads an object from a file or from memory, and downloads it', async () => {
        const file = path.join(folder, 'file');
        await writeFile(file, content);
        for (const source of [{ file }, content]) {
          expect(await test.store.upload('a/b', source)).toEqual({ bytes: 300_000, sha256 });
          const copy = path.join(folder, 'copy');
          const options = { maxBytes: 300_000 };
          expect(await test.store.download('a/b', copy, options)).toEqual({
            bytes: 300_000,
            sha256,
          });
          expect((await readFile(copy)).equals(content)).toBe(true);
        }
        expect(await list()).toMatchObject([{ key: 'a/b', bytes: 300_000 }]);
        await test.store.upload('empty', Buffer.alloc(0));
        expect(await found('empty')).toMatchObject({ text: '' });
      });

      it('leaves nothing behind after an upload whose file cannot be read', async () => {
        const upload = test.store.upload('a/b', { file: path.join(folder, 'none') });
        await expect(upload).rejects.toThrow(/cannot write .*a\/b: .*ENOENT/);
        expect(await list()).toEqual([]);
      });

      it('refuses a download that is missing, too large or aborted', async () => {
        await test.store.upload('a/b', content);
        const download = (key: string, maxBytes: number, signal?: AbortSignal) =>
          test.store.download(key, path.join(folder, 'copy'), { maxBytes, signal });
        await expect(download('none', 1)).rejects.toThrow(StorageError);
        await expect(download('a/b', 299_999)).rejects.toThrow(/a\/b: it has more than 299999/);
        const reason = new Error('overtaken');
        await expect(download('a/b', 300_000, AbortSignal.abort(reason))).rejects.toBe(reason);
      });
    });
  });
}
