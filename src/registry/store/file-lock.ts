import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withJitter } from '../../common/back-off.ts';
import { sleep } from '../../common/clock.ts';
import { StorageError } from './object-store.ts';

export interface LockRetryPolicy {
  /** A lock that one holder keeps for longer is stale: work under it takes milliseconds. */
  staleMs: number;
  /** Maximum wait for a lock that passes from holder to holder. */
  waitMs: number;
}

export const defaultLockRetryPolicy: LockRetryPolicy = { staleMs: 10_000, waitMs: 30_000 };
const POLL_MS = 10;
const POLL_JITTER = 0.5;

/**
 * Runs `work` while nothing else, in this or another process, runs work under the same lock file.
 * @param work calls `confirm` right before an irreversible step; `confirm` throws if the lock was lost meanwhile
 * @throws StorageError if the lock cannot be acquired
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
    if ((await holderOf(file)) !== token)
      throw new StorageError(`the lock ${file} was lost to another process`);
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
        `${file} has been held by others for ${retryPolicy.waitMs / 1000} s; try again`,
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

/** Undefined if nobody holds the lock. */
function holderOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

/**
 * Removes a stale lock. It is first moved aside, which only one process can do; if the moved lock turns out to be a new
 * one, it is restored.
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
