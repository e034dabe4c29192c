import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { undefinedIfMissing } from './store/local-files.ts';

const host = hostname().replaceAll(/[^\w-]/g, '-');
/** Tells this process from an earlier one that had its number, as the first process of a container always has. */
const own = randomBytes(4).toString('hex');
let count = 0;

const NAME = /^\.[^.]+\.([\w-]+)\.(\d+)\.([0-9a-f]+)-\d+\.partial$/;
/** Of another machine, whose processes cannot be seen from here. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** A hidden folder beside `folder`, to be filled and then renamed to it; its name tells whose work it is. */
export function partialOf(folder: string): string {
  const name = `.${path.basename(folder)}.${host}.${process.pid}.${own}-${count++}.partial`;
  return path.join(path.dirname(folder), name);
}

/**
 * Renames a filled folder to its place.
 * @returns whether the place was free; a folder is never replaced
 */
export async function moveInto(place: string, partial: string): Promise<boolean> {
  try {
    await rename(partial, place);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a folder at once for all who look, then from the disk. */
export async function discard(folder: string): Promise<void> {
  const partial = partialOf(folder);
  await rename(folder, partial).catch(undefinedIfMissing);
  await rm(partial, { recursive: true, force: true });
}

/** Removes what processes left in a folder that ended before they had finished. */
export async function removeAbandoned(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(undefinedIfMissing)) ?? [];
  for (const name of names) {
    const partial = path.join(folder, name);
    if (await isAbandoned(partial)) await rm(partial, { recursive: true, force: true });
  }
}

async function isAbandoned(partial: string): Promise<boolean> {
  const [, ofHost, pid, run] = NAME.exec(path.basename(partial)) ?? [];
  if (ofHost === undefined) return false;
  if (ofHost === host) return Number(pid) === process.pid ? run !== own : !isAlive(Number(pid));
  const stats = await stat(partial).catch(undefinedIfMissing);
  return stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_AFTER_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
