import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../common/program-version.ts';
import {
  DETECTOR_NAME,
  detectorManifestSchema,
  type DetectorManifest,
  type DetectorReference,
} from './detector-manifest.ts';
import { findDifference } from '../local-copy.ts';
import { MANIFEST_FILE, using } from '../registry-store.ts';
import { RegistryError, type LocalDetector } from '../registry.ts';

/** Where the package keeps the copy of a detector that ships with it; such a copy exists for few versions. */
export function shippedDetector(version: number): string {
  return path.join(packageRoot(), 'models', DETECTOR_NAME, String(version));
}

/**
 * Parses and validates the manifest of a detector.
 * @param at for the message
 * @throws RegistryError
 */
export function parseDetectorManifest(text: string, at: string): DetectorManifest {
  return using(at, () => {
    const parsed = detectorManifestSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    throw new Error(z.prettifyError(parsed.error));
  });
}

/**
 * Reads a detector's manifest and checks its files.
 * @throws RegistryError that says what is wrong; the signal's reason
 */
export async function readLocalDetector(
  directory: string,
  signal?: AbortSignal,
): Promise<LocalDetector> {
  const file = path.join(directory, MANIFEST_FILE);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new RegistryError(`${directory} holds no face detector`, { cause: error });
  });
  const manifest = parseDetectorManifest(text, file);
  const difference = await findDifference(directory, manifest.files, signal);
  if (difference !== undefined) throw new RegistryError(`${directory}: ${difference}`);
  return { directory, manifest };
}

/**
 * Checks that a detector is the one that a version names.
 * @param at where it was found, for the message
 * @throws RegistryError that names both checksums if its network is another one
 */
export function requireReferenced(
  { name, version, files }: DetectorManifest,
  reference: DetectorReference,
  at: string,
): void {
  const { sha256 } = files[0]!;
  if (name !== reference.name || version !== reference.version)
    throw new RegistryError(`${at} belongs to ${name} ${version}`);
  if (sha256 !== reference.sha256)
    throw new RegistryError(`${at} has a network with SHA-256 ${sha256}, not ${reference.sha256}`);
}
