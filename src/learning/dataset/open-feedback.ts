import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isRecordKey, RECORDS } from '../../registry/feedback/feedback-record.ts';
import { StorageError, type ObjectStore } from '../../registry/store/object-store.ts';
import { openStore } from '../../registry/store/open-store.ts';
import type { Dataset } from './dataset.ts';
import { NothingAcceptedError } from './label-layout.ts';
import { openDataset, type DatasetOptions } from './open-dataset.ts';

/** Longer than any training takes: what is older was left by one that was killed. */
const LEFTOVER_AGE_MS = 7 * 86_400_000;
const PREFIX = 'feedback-';

/** Feedback to train on, for as long as its pixels are at hand. */
export interface OpenFeedback {
  /** Undefined where none is accepted yet. */
  dataset: Dataset | undefined;
  /** Removes the pixels. */
  close: () => Promise<void>;
}

/**
 * Opens the accepted photos of a feedback store. Unlike other photos they are cached for this once: what is deleted
 * from the store is not to live on in a cache.
 * @param options `cacheRoot` gets a folder that `close` removes
 * @throws StorageError where the store does not answer, or holds something else; else as `openDataset`
 */
export async function openFeedback(
  options: Omit<DatasetOptions, 'valShare' | 'tuningShare'>,
): Promise<OpenFeedback> {
  await mkdir(options.cacheRoot, { recursive: true });
  await removeLeftovers(options.cacheRoot);
  const cacheRoot = await mkdtemp(path.join(options.cacheRoot, PREFIX));
  const close = () => rm(cacheRoot, { recursive: true, force: true });
  try {
    const store = await openStore(options.source);
    if (!(await hasRecords(store))) return { dataset: undefined, close };
    const dataset = await openDataset({ ...options, cacheRoot, valShare: 0, tuningShare: 0 });
    return { dataset, close };
  } catch (error) {
    if (error instanceof NothingAcceptedError) return { dataset: undefined, close };
    await close();
    throw error;
  }
}

/**
 * A store that nothing has come to yet, or not even been made, is in order.
 * @throws StorageError where there is something else
 */
async function hasRecords(store: ObjectStore): Promise<boolean> {
  for await (const { key } of store.list(RECORDS)) if (isRecordKey(key)) return true;
  // Where the location itself is missing, listing it is an error.
  const others = store.list()[Symbol.asyncIterator]();
  const first = await others.next().catch(() => undefined);
  if (first?.done === false)
    throw new StorageError(
      `${store.location} has files and no ${RECORDS}: it is no feedback store; give what FEEDBACK_STORE is set to`,
    );
  return false;
}

async function removeLeftovers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = path.join(root, name);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > LEFTOVER_AGE_MS) await rm(folder, { recursive: true, force: true });
  }
}
