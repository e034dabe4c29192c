import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withJitter } from '../../common/back-off.ts';
import { StorageError } from './object-store.ts';

export interface LockRetryPolicy {
  /** A lock that one holder keeps for longer was left behind: work under it takes milliseconds. */
  staleMs: number;
  /** After this a lock that goes from holder to holder is no longer waited for. */
  waitMs: number;
}

export const defaultLockRetryPolicy: LockRetryPolicy = { staleMs: 10_000, waitMs: 30_000 };
const POLL_MS = 10;
const POLL_JITTER = 0.5;

/**
 * Runs `work` while no other process, nor other part of this one, runs work under the same lock file.
 * @param work calls `confirm` right before what cannot be undone; it throws where the lock was lost meanwhile
 * @throws StorageError where the lock cannot be had
 */
export async function withFileLock<Result>(
  file: string,
  work: (confirm: () => Promise<void>) => Promise<Result>,
  retryPolicy = defaultLockRetryPolicy,
): Promise<Result> {
  const token = randomUUID();
  await mkdir(path.dirname(file), { recursive: true });
  await acquire(file, token, retryPolicy);
  const confirm = async (): Promise<void> => {
    if ((await holderOf(file)) !== token) throw new StorageError(`${file} was lost to another`);
  };
  try {
    return await work(confirm);
  } finally {
    if ((await holderOf(file)) === token) await rm(file, { force: true });
  }
}

async function acquire(file: string, token: string, retryPolicy: LockRetryPolicy): Promise<void> {
  const start = performance.now();
  let holder: string | undefined;
  let since = start;
  while (!(await create(file, token))) {
    const now = performance.now();
    const current = await holderOf(file);
    if (current !== holder) [holder, since] = [current, now];
    else if (holder !== undefined && now - since > retryPolicy.staleMs)
      await breakLock(file, holder);
    if (now - start > retryPolicy.waitMs) {
      throw new StorageError(
        `${file} is held by others for ${retryPolicy.waitMs / 1000} s; try again`,
      );
    }
    await sleep(withJitter(POLL_MS, POLL_JITTER));
  }
}

async function create(file: string, token: string): Promise<boolean> {
  try {
    await writeFile(file, token, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined where nobody holds it. */
function holderOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

/**
 * Removes the lock of a holder that is gone. It is moved aside first, as only one of those who break it can; where
 * that took another's lock, a new one, it is put back.
 */
async function breakLock(file: string, holder: string): Promise<void> {
  const aside = `${file}.${randomUUID()}.lock`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  if ((await holderOf(aside)) !== holder) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}
