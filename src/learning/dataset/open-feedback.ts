import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isRecordKey, RECORDS } from '../../registry/feedback/feedback-keys.ts';
import { StorageError, type ObjectStore } from '../../registry/store/object-store.ts';
import { openStore } from '../../registry/store/open-store.ts';
import type { Dataset } from './dataset.ts';
import { NoAcceptedFeedbackError } from './labels/label-layout.ts';
import { openDataset, type DatasetOptions } from './open-dataset.ts';

/** Longer than any training run takes; older folders were left by a run that was killed. */
const LEFTOVER_AGE_MS = 7 * 86_400_000;
const PREFIX = 'feedback-';

/** Feedback to train on, whose pixels are cached until `close` is called. */
export interface OpenFeedback {
  /** Undefined if no feedback has been accepted yet. */
  dataset: Dataset | undefined;
  /** Removes the cached pixels. */
  close: () => Promise<void>;
}

/**
 * Opens the accepted photos of a feedback store. Unlike other photos, they are cached for this run only: a photo that
 * is deleted from the store must not survive in a cache.
 * @param options `close` removes the folder that is created in `cacheRoot`
 * @throws StorageError if the store does not respond or is not a feedback store; otherwise the errors of `openDataset`
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
    if (error instanceof NoAcceptedFeedbackError) return { dataset: undefined, close };
    await close();
    throw error;
  }
}

/**
 * Whether the store has records. A store that is empty or does not exist yet is valid.
 * @throws StorageError if the location holds something else
 */
async function hasRecords(store: ObjectStore): Promise<boolean> {
  for await (const { key } of store.list(RECORDS)) if (isRecordKey(key)) return true;
  // Listing fails if the location itself does not exist.
  const others = store.list()[Symbol.asyncIterator]();
  const first = await others.next().catch(() => undefined);
  if (first?.done === false)
    throw new StorageError(
      `${store.location} has files but no ${RECORDS}: it is not a feedback store; give the value of FEEDBACK_STORE`,
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
