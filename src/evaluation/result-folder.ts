import { access, mkdir, stat, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../common/errors.ts';

/** A folder that results cannot be written to; the message says why and what to do. */
export class ResultFolderError extends Error {
  override readonly name = 'ResultFolderError';
}

/**
 * Makes the folder, before the work whose results it will hold.
 * @throws ResultFolderError where it cannot be written to, or is a version's, which is immutable.
 */
export async function prepareResultFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new ResultFolderError(
      `Results cannot be written to ${folder}: ${messageOf(error)}. Give another folder with --out.`,
      { cause: error },
    );
  }
  const isVersion = await stat(path.join(folder, 'manifest.json')).then(
    () => true,
    () => false,
  );
  if (isVersion) {
    throw new ResultFolderError(
      `${folder} is a version of a model, and versions are immutable. Give another folder with --out.`,
    );
  }
}

/** Writes each file by its name, over what an earlier evaluation left. */
export async function writeResults(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<void> {
  for (const [name, content] of files) await writeFile(path.join(folder, name), content);
}
