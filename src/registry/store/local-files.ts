import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

/** A file that is being written, or locked; no store lists it. */
export const isUnfinished = (name: string): boolean => /^\..*\.(partial|lock)$/.test(name);

/**
 * Makes or replaces a file, and its folder where there is none: a reader sees it whole, as it was or as it is now.
 * @param fill writes the content to the path that it is given
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

/** Waits until the content is on the disk, so that a power cut after a rename leaves no empty file. */
async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether an error says that a file, or a folder on the way to it, does not exist. */
export function isMissing(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** For `catch`: a missing file is undefined, anything else is thrown on. */
export function undefinedIfMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/** A path of a setting, where a leading `~` is the home folder. */
export function homePath(given: string): string {
  return given.replace(/^~(?=\/|$)/, homedir());
}
