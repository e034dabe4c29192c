import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { isProcessAlive } from '../common/process/child-process.ts';
import { undefinedIfMissing } from './store/local-files.ts';

const host = hostname().replaceAll(/[^\w-]/g, '-');
/** Distinguishes this process from an earlier one with the same pid, such as the first process of every container. */
const own = randomBytes(4).toString('hex');
let count = 0;

const NAME = /^\.[^.]+\.([\w-]+)\.(\d+)\.([0-9a-f]+)-\d+\.partial$/;
/** For folders of other machines, whose processes are not visible from here. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** A hidden sibling of a folder or file, to be filled and then renamed to it; its name identifies the process that fills it. */
export function partialOf(folder: string): string {
  const name = `.${path.basename(folder).replaceAll('.', '-')}.${host}.${process.pid}.${own}-${count++}.partial`;
  return path.join(path.dirname(folder), name);
}

/**
 * Renames a filled folder to its final name.
 * @returns whether the name was free; an existing folder is never replaced
 */
export async function moveInto(folder: string, partial: string): Promise<boolean> {
  try {
    await rename(partial, folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

/** Hides a folder by renaming it, then removes it from the disk. */
export async function discard(folder: string): Promise<void> {
  const partial = partialOf(folder);
  await rename(folder, partial).catch(undefinedIfMissing);
  await rm(partial, { recursive: true, force: true });
}

/** Removes the partial folders and files of processes that ended before they had finished. */
export async function removeAbandoned(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(undefinedIfMissing)) ?? [];
  for (const name of names) {
    const partial = path.join(folder, name);
    if (await isAbandoned(partial)) await rm(partial, { recursive: true, force: true });
  }
}

async function isAbandoned(partial: string): Promise<boolean> {
  const [, owner, pid, run] = NAME.exec(path.basename(partial)) ?? [];
  if (owner === undefined) return false;
  if (owner === host)
    return Number(pid) === process.pid ? run !== own : !isProcessAlive(Number(pid));
  const stats = await stat(partial).catch(undefinedIfMissing);
  return stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_AFTER_MS;
}
