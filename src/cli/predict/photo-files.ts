import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { sortFiles } from '../../learning/dataset/labels/file-kinds.ts';

/** The photos that a command line means. */
export interface PhotoFiles {
  /** In the order given, those of folders by name. */
  files: string[];
  /** A sentence for each folder that holds photos that are not read, and hidden files. */
  leftOut: string[];
}

/**
 * The files that are meant: those named, and in folders, with all below them, those that are photos by their names. Hidden and
 * system files are no photos, as in data sets.
 * @throws Error naming what is not there
 */
export async function photoFiles(paths: readonly string[]): Promise<PhotoFiles> {
  const found: PhotoFiles = { files: [], leftOut: [] };
  for (const path of paths) {
    const entry = await stat(path).catch((error: unknown) => {
      throw new Error(`${path} cannot be read`, { cause: error });
    });
    if (entry.isDirectory()) await addFolder(path, found);
    else found.files.push(path);
  }
  return found;
}

async function addFolder(folder: string, found: PhotoFiles): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const keys = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  const { photos, hidden, unreadFormats } = sortFiles(keys);
  found.files.push(...photos.toSorted().map((key) => join(folder, key)));
  const unread = [...unreadFormats].map(([format, count]) => `${count} .${format}`);
  const hiddenCount = [...hidden.values()].reduce((sum, count) => sum + count, 0);
  const parts = [
    ...(unread.length === 0 ? [] : [`${unread.join(', ')} (not read; convert to JPEG or PNG)`]),
    ...(hiddenCount === 0 ? [] : [`${hiddenCount} hidden or system files`]),
  ];
  if (parts.length > 0) found.leftOut.push(`${folder}: left out ${parts.join(', and ')}`);
}
