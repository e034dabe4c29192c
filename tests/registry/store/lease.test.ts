import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FolderStore } from '../../../src/registry/store/folder-store.ts';
import { Lease } from '../../../src/registry/store/lease.ts';
import { StorageError, type WritableStore } from '../../../src/registry/store/object-store.ts';
import { writableMemoryStore } from '../../support/fakes/writable-memory-store.ts';
import { describeLease, holder, KEY, TTL_MS } from './lease-contract.ts';

/** Takes one turn of the event loop for each request, so that contenders interleave. */
function unhurriedStore(): WritableStore {
  const store = writableMemoryStore();
  store.before = () => new Promise((resolve) => setImmediate(resolve));
  return store;
}

describeLease('memory', () =>
  Promise.resolve({ store: unhurriedStore(), remove: () => Promise.resolve() }),
);

describeLease('a folder', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lease-'));
  return { store: new FolderStore(folder), remove: () => rm(folder, { recursive: true }) };
});

describe('a lease whose store fails', () => {
  let nowMs = Date.parse('2026-11-25T12:00:00Z');
  const acquire = (store: WritableStore) =>
    Lease.acquire(store, { key: KEY, holder: holder('first'), ttlMs: TTL_MS, nowMs: () => nowMs });

  for (const done of [false, true]) {
    it(`is not lost by a renewal ${done ? 'whose response was lost' : 'that failed'}`, async () => {
      const store = writableMemoryStore();
      const lease = await acquire(store);
      const put = store.put.bind(store);
      store.put = async (...args) => {
        store.put = put;
        if (done) await put(...args);
        throw new StorageError('no answer');
      };
      nowMs += 1000;
      await expect(lease.renew()).rejects.toThrow('no answer');
      nowMs += 1000;
      await lease.renew();
      await lease.release();
    });
  }
});
