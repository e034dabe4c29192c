import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseMetricsFile } from '../learning/evaluation/metrics-file.ts';
import { resultFiles } from '../learning/evaluation/result-files.ts';
import { artifactDigest } from '../registry/loading/verify-artifact.ts';
import type { Manifest } from '../registry/manifest.ts';
import type { ReferencedModel } from '../registry/model-reference.ts';
import type { FileSource, LocalArtifact, RegistryWriter } from '../registry/registry.ts';

export interface Publication {
  version: number;
  /** False where the very same version was there already. */
  isNew: boolean;
}

/**
 * Copies a version into a registry, under its own number if that is free, else under the next free one; the documents
 * that tell its number are then written anew.
 * @throws RegistryError
 */
export async function publishVersion(
  { registry: source, name, version }: ReferencedModel,
  target: RegistryWriter,
): Promise<Publication> {
  const artifact = await source.fetchArtifact(name, version);
  if (await isThere(target, artifact.manifest)) return { version, isNew: false };
  const published = await target.publish({
    name,
    preferredVersion: version,
    at: async (number) => ({
      manifest: artifact.manifest,
      files: await filesAt(artifact, number),
    }),
  });
  return { version: published, isNew: true };
}

/** Whether the target has the version already, to the byte. */
async function isThere(
  target: RegistryWriter,
  { name, version, files }: Manifest,
): Promise<boolean> {
  if (!(await target.listVersions(name)).includes(version)) return false;
  const there = await target.readManifest(name, version);
  return artifactDigest(there.files) === artifactDigest(files);
}

async function filesAt(
  { directory, manifest }: LocalArtifact,
  version: number,
): Promise<Map<string, FileSource>> {
  const files = new Map<string, FileSource>();
  for (const { path: name } of manifest.files)
    files.set(name, { file: path.join(directory, name) });
  if (version === manifest.version || !files.has('metrics.json')) return files;
  const metrics = parseMetricsFile(await readFile(path.join(directory, 'metrics.json'), 'utf8'));
  const renumbered = { ...metrics, model: { ...metrics.model, version } };
  for (const [name, content] of await resultFiles({ ...manifest, version }, renumbered))
    if (files.has(name)) files.set(name, content);
  return files;
}
