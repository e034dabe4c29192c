import path from 'node:path';
import type { LabeledFile } from '../labeled-file.ts';

/** The keys of a data set's files. */
export type Keys = Pick<ReadonlySet<string>, 'has' | 'keys'>;

/**
 * The key that a path in a table means: relative to the data folder or absolute within it, with either kind of slashes.
 * @param location of the data set, an absolute path or `s3://bucket/prefix`
 * @returns undefined if the path is not below the data folder
 */
export function keyOfPath(file: string, location: string, keys: Keys): string | undefined {
  if (keys.has(file)) return file;
  const slashes = withSlashes(file);
  const root = withSlashes(location).replace(/\/?$/, '/');
  const relative = slashes.startsWith(root) ? slashes.slice(root.length) : slashes;
  const key = path.posix.normalize(relative);
  const isOutside =
    key === '.' ||
    key.startsWith('../') ||
    key === '..' ||
    /^(?:\/|[a-z][a-z\d+.-]*:\/)/i.test(key);
  return isOutside ? undefined : key;
}

function withSlashes(file: string): string {
  return file.replaceAll('\\', '/');
}

/**
 * Finds the files whose names differ from the table only in composed and decomposed accents (Unicode forms NFC and NFD) or
 * in upper and lower case. Different case counts only where a single file fits that no other row names.
 * @returns the files with the keys that exist, as far as they do, and how many differed in case
 */
export function findRenamed(
  files: readonly LabeledFile[],
  keys: Keys,
): { files: LabeledFile[]; inCase: number } {
  if (files.every(({ key }) => keys.has(key))) return { files: [...files], inCase: 0 };
  const named = new Set(files.map(({ key }) => key));
  const byFoldedKey = foldedKeys(keys);
  let inCase = 0;
  const found = files.map((file) => {
    if (keys.has(file.key)) return file;
    const similar = byFoldedKey.get(folded(file.key)) ?? [];
    const same = similar.filter((key) => key.normalize() === file.key.normalize());
    if (same.length === 1) return { ...file, key: same[0]! };
    if (similar.length !== 1 || named.has(similar[0]!)) return file;
    inCase++;
    return { ...file, key: similar[0]! };
  });
  return { files: found, inCase };
}

function foldedKeys(keys: Keys): Map<string, string[]> {
  const byFoldedKey = new Map<string, string[]>();
  for (const key of keys.keys()) {
    const same = byFoldedKey.get(folded(key));
    if (same === undefined) byFoldedKey.set(folded(key), [key]);
    else same.push(key);
  }
  return byFoldedKey;
}

function folded(key: string): string {
  return key.normalize().toLowerCase();
}
