import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseMetricsFile } from '../learning/evaluation/metrics-file.ts';
import { resultFiles } from '../learning/evaluation/result-files.ts';
import { FileRegistry } from '../registry/file-registry.ts';
import { artifactDigest } from '../registry/loading/verify-artifact.ts';
import { verifyVersion } from '../registry/loading/verify-version.ts';
import type { FileRole, Manifest } from '../registry/manifest.ts';
import { findModel, type ReferencedModel } from '../registry/model-reference.ts';
import { registryOptionsOf } from '../registry/open-registry.ts';
import { promote } from '../registry/promotion.ts';
import type { FileSource, LocalArtifact, RegistryWriter } from '../registry/registry.ts';
import type { Outcome } from './command.ts';
import { currentUser, type RegistryTarget } from './registry-target.ts';

/**
 * `publish`: copies a version from its folder into the registry, once it has loaded as in a server.
 * @param folder such as `models/face-age/2`
 * @throws RegistryError; Error with the reason why a server would refuse the version
 */
export async function publishFolder(
  folder: string,
  { config, registry, name: defaultName, alias }: RegistryTarget,
): Promise<Outcome> {
  const source = await findModel(folder, {
    location: '.',
    name: defaultName,
    alias,
    options: registryOptionsOf(config),
  });
  const engine = await verifyVersion(source, config);
  const { version, isNew } = await publishVersion(source, registry);
  const { name } = source;
  const text = isNew
    ? `published ${name} ${version} in ${registry.location}; it loads on ${engine}\n` +
      `Put it into service: npm run promote -- ${version}`
    : `${name} ${version} is already in ${registry.location}`;
  return { text, data: { name, version, isNew, registry: registry.location } };
}

/**
 * `sync`: publishes the versions of a folder of models that the registry lacks, and sets the aliases that it lacks.
 * @throws RegistryError; Error with the reason why a server would refuse a version
 */
export async function syncRegistry(folder: string, target: RegistryTarget): Promise<Outcome> {
  const { registry, name } = target;
  const source = new FileRegistry(folder);
  const others = await versionsThatDiffer(source, target);
  const published = await publishMissing(source, target);
  const aliases: string[] = [];
  for (const [alias, { version }] of Object.entries(await source.listAliases(name))) {
    if ((await registry.readAlias(name, alias)) !== undefined) continue;
    const reason = `synchronized from ${folder}`;
    await promote(registry, version, { model: name, alias, by: currentUser(), reason });
    aliases.push(alias);
  }
  const counted = (what: string, list: readonly unknown[]) =>
    list.length === 0 ? `no ${what}` : `${what} ${list.join(', ')}`;
  return {
    text:
      `${registry.location} received ${counted('version', published)} and ${counted('alias', aliases)} of ${name}` +
      differenceText(others, name),
    data: { name, registry: registry.location, published, aliases, different: others },
  };
}

/** The versions that exist on both sides with different content: the registry keeps its own. */
async function versionsThatDiffer(
  source: FileRegistry,
  { registry, name }: RegistryTarget,
): Promise<number[]> {
  const known = new Set(await registry.listVersions(name));
  const different: number[] = [];
  for (const version of await source.listVersions(name)) {
    if (!known.has(version)) continue;
    if (!(await isThere(registry, await source.readManifest(name, version))))
      different.push(version);
  }
  return different;
}

function differenceText(versions: readonly number[], name: string): string {
  if (versions.length === 0) return '';
  return (
    `\nkept its own ${name} ${versions.join(', ')}, which differs from that of the folder: ` +
    'publish its folder to store it under the next number'
  );
}

/** @returns the versions that were published */
async function publishMissing(
  source: FileRegistry,
  { config, registry, name }: RegistryTarget,
): Promise<number[]> {
  const known = new Set(await registry.listVersions(name));
  const missing = (await source.listVersions(name)).filter((version) => !known.has(version));
  for (const version of missing) {
    const referenced = { registry: source, name, version };
    await verifyVersion(referenced, config);
    const { version: got } = await publishVersion(referenced, registry);
    if (got !== version)
      throw new Error(
        `version ${version} was published by someone else in the meantime; ours is ${got}`,
      );
  }
  return missing;
}

interface Publication {
  version: number;
  /** False where the registry already had exactly this version. */
  isNew: boolean;
}

/**
 * Copies a version into a registry, under its own number if that is free, else under the next free one; the documents
 * that contain the number are then written again.
 * @throws RegistryError
 */
async function publishVersion(
  { registry: source, name, version }: ReferencedModel,
  target: RegistryWriter,
): Promise<Publication> {
  const artifact = await source.fetchArtifact(name, version);
  const signed = await source.readSignature(name, version);
  if (await isThere(target, artifact.manifest)) return { version, isNew: false };
  const published = await target.publish({
    name,
    preferredVersion: version,
    detectorFrom: source,
    at: async (number) => ({
      manifest: artifact.manifest,
      files: await filesAt(artifact, number),
      roles: rolesOf(artifact.manifest),
      // A signature covers the number.
      signed: number === version ? signed : undefined,
    }),
  });
  return { version: published, isNew: true };
}

/** Whether the target has exactly these bytes as this version. */
async function isThere(
  target: RegistryWriter,
  { name, version, files }: Manifest,
): Promise<boolean> {
  if (!(await target.listVersions(name)).includes(version)) return false;
  const there = await target.readManifest(name, version);
  return artifactDigest(there.files) === artifactDigest(files);
}

function rolesOf({ files }: Manifest): Map<string, FileRole> {
  return new Map(files.flatMap(({ path: name, role }) => (role ? [[name, role] as const] : [])));
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
