import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

const EXTENSIONS: ReadonlySet<string> = new Set(
  'jpg jpeg jpe png webp gif tif tiff avif'.split(' ').map((name) => `.${name}`),
);

/**
 * The files that are meant: those named, and in folders, with all below them, those that look like photos by their names.
 * In the order given, folders by name.
 * @throws Error naming what is not there
 */
export async function photoFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) files.push(...(await filesOf(path)));
  return files;
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw new Error(`${path} cannot be read`, { cause: error });
  });
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && EXTENSIONS.has(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
