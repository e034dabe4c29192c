import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ManifestFile } from '../registry/manifest.ts';
import type { LocalArtifact } from '../registry/registry.ts';

/** A version's files that are not what its manifest says; the message names the file. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError';
}

/**
 * Reads every file once and holds size and SHA-256 against the manifest.
 * @throws ArtifactError naming the first file that differs; the signal's reason.
 */
export async function verifyArtifact(
  { directory, manifest }: LocalArtifact,
  signal?: AbortSignal,
): Promise<void> {
  for (const file of manifest.files) {
    signal?.throwIfAborted();
    await verifyFile(directory, file);
  }
}

async function verifyFile(directory: string, { path, bytes, sha256 }: ManifestFile): Promise<void> {
  const hash = createHash('sha256');
  const stream = createReadStream(join(directory, path));
  await pipeline(stream, hash).catch((error: unknown) => {
    throw new ArtifactError(`${path} cannot be read`, { cause: error });
  });
  if (stream.bytesRead !== bytes) {
    throw new ArtifactError(`${path} has ${stream.bytesRead} bytes, the manifest says ${bytes}`);
  }
  const found = hash.digest('hex');
  if (found !== sha256) {
    throw new ArtifactError(`${path} has SHA-256 ${found}, the manifest says ${sha256}`);
  }
}

/** Names an artifact by its content: SHA-256 over the sums of its files. */
export function artifactDigest(files: readonly ManifestFile[]): string {
  const lines = files.map(({ path, sha256 }) => `${path}:${sha256}\n`).toSorted();
  return createHash('sha256').update(lines.join('')).digest('hex');
}
