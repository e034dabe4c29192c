import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from '../../../src/registry/store/file-lock.ts';
import { deferred } from '../../support/fakes/deferred.ts';

describe('withFileLock', () => {
  let folder: string;
  let lock: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lock-'));
    lock = path.join(folder, '.file.lock');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('runs one task at a time, and leaves no lock', async () => {
    let inside = 0;
    const work = async () => {
      expect(++inside).toBe(1);
      await readdir(folder);
      inside--;
    };
    await Promise.all(Array.from({ length: 20 }, () => withFileLock(lock, work)));
    expect(await readdir(folder)).toEqual([]);
  });

  it('releases the lock when the work fails', async () => {
    const fault = new Error('disk full');
    await expect(withFileLock(lock, () => Promise.reject(fault))).rejects.toBe(fault);
    expect(await withFileLock(lock, () => Promise.resolve('next'))).toBe('next');
  });

  it('lets one of the waiting tasks take a stale lock', async () => {
    await writeFile(lock, 'of a process that was killed');
    let inside = 0;
    const work = async () => {
      expect(++inside).toBe(1);
      await readdir(folder);
      inside--;
    };
    const retryPolicy = { staleMs: 100, waitMs: 20_000 };
    await Promise.all([1, 2, 3, 4].map(() => withFileLock(lock, work, retryPolicy)));
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not wait forever', async () => {
    const held = deferred();
    const taken = deferred();
    const holder = withFileLock(lock, () => {
      taken.resolve();
      return held.promise;
    });
    await taken.promise;
    const retryPolicy = { staleMs: 10_000, waitMs: 50 };
    await expect(withFileLock(lock, () => Promise.resolve(), retryPolicy)).rejects.toThrow(
      /\.file\.lock has been held by others for 0\.05 s; try again/,
    );
    held.resolve();
    await holder;
  });

  it('reports to a holder whose lock was taken as stale that it is lost', async () => {
    const work = async (confirm: () => Promise<void>) => {
      await confirm();
      await withFileLock(lock, () => Promise.resolve(), { staleMs: 50, waitMs: 10_000 });
      await confirm();
    };
    await expect(withFileLock(lock, work)).rejects.toThrow(/was lost to another/);
  });
});
