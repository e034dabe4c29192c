import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { moveInto, partialOf } from './partial-folder.ts';
import { MANIFEST_FILE, SIGNATURE_FILE } from './registry-store.ts';
import { RegistryError } from './registry.ts';
import { isMissing } from './store/local-files.ts';
import type { Transferred } from './store/object-store.ts';
import { measureFile } from './store/stall-guard.ts';

/** A file as a manifest lists it. */
export interface ListedFile {
  path: string;
  bytes: number;
  sha256: string;
}

/** The files of a manifest, and the manifest's exact bytes. */
export interface CopySource<File extends ListedFile> {
  files: readonly File[];
  text: Buffer;
  signature?: Buffer | undefined;
}

/**
 * Creates a folder with a copy of some files completely or not at all: downloads every file, checks it, then writes the
 * manifest. If the folder exists by then, another process has made the same copy, which stays.
 * @throws RegistryError that names the file that differs; errors of `download`
 */
export async function createCopy<File extends ListedFile>(
  directory: string,
  { files, text, signature }: CopySource<File>,
  download: (file: File, to: string) => Promise<Transferred>,
): Promise<void> {
  const partial = partialOf(directory);
  await mkdir(partial, { recursive: true });
  try {
    for (const file of files) {
      const difference = differenceOf(file, await download(file, path.join(partial, file.path)));
      if (difference !== undefined) throw new RegistryError(difference);
    }
    if (signature !== undefined) await writeFile(path.join(partial, SIGNATURE_FILE), signature);
    await writeFile(path.join(partial, MANIFEST_FILE), text);
    await moveInto(directory, partial);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/**
 * Reads every file once.
 * @returns how the first file that differs from its entry does so; undefined if none does
 * @throws the signal's reason; an error of the file system other than a missing file
 */
export async function findDifference(
  directory: string,
  files: readonly ListedFile[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  for (const file of files) {
    const difference = await differenceIn(directory, file, signal);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

async function differenceIn(
  directory: string,
  file: ListedFile,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    return differenceOf(file, await measureFile(path.join(directory, file.path), signal));
  } catch (error) {
    if (isMissing(error)) return `${file.path} does not exist`;
    throw error;
  }
}

function differenceOf(expected: ListedFile, { bytes, sha256 }: Transferred): string | undefined {
  const { path: name } = expected;
  if (bytes !== expected.bytes)
    return `${name} has ${bytes} bytes, the manifest says ${expected.bytes}`;
  if (sha256 === expected.sha256) return undefined;
  return `${name} has SHA-256 ${sha256}, the manifest says ${expected.sha256}`;
}
