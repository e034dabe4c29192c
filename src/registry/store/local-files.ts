import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Whether a file is a partial file or a lock; stores do not list those. */
export const isUnfinished = (name: string): boolean => /^\..*\.(?:partial|lock)$/.test(name);

/**
 * Creates or replaces a file atomically, and creates its folder if necessary: readers see the old or the new content.
 * @param fill writes the content to the given path
 */
export async function replaceFile<Result>(
  file: string,
  fill: (partial: string) => Promise<Result>,
): Promise<Result> {
  const name = `.${path.basename(file)}.${process.pid}.${randomBytes(4).toString('hex')}.partial`;
  const partial = path.join(path.dirname(file), name);
  await mkdir(path.dirname(file), { recursive: true });
  try {
    const result = await fill(partial);
    await syncFile(partial);
    await rename(partial, file);
    return result;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Flushes the content to disk, so that a power failure after the rename cannot leave an empty file. */
async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether an error says that a file, or a folder on its path, does not exist. */
export function isMissing(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** For `catch`: returns undefined for a missing file and rethrows any other error. */
export function undefinedIfMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
