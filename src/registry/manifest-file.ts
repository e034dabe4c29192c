import { parseManifest, type Manifest } from './manifest.ts';
import { RegistryError } from './registry.ts';
import { using } from './using.ts';

/** Written last: a version is one when it has it. */
export const MANIFEST_FILE = 'manifest.json';

/**
 * @param path for the message
 * @throws RegistryError where it cannot be used, or is that of another version
 */
export function parseManifestOf(
  { model, version }: { model: string; version: number },
  text: string,
  path: string,
): Manifest {
  const manifest = using(path, () => parseManifest(text));
  if (manifest.name === model && manifest.version === version) return manifest;
  throw new RegistryError(`${path} is that of ${manifest.name} ${manifest.version}`);
}
