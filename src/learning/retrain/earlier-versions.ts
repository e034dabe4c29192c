import type { GateResult } from '../../registry/gate/gate-result.ts';
import type { Manifest } from '../../registry/manifest.ts';
import type { RegistryWriter } from '../../registry/registry.ts';

type Registry = Pick<RegistryWriter, 'listVersions' | 'readManifest' | 'readGate'>;

/** Finds the version that a run has published; a run that was killed may not have recorded it. */
export async function ownVersion(
  registry: Registry,
  model: string,
  { runId, newestBefore }: { runId: string; newestBefore: number },
): Promise<number | null> {
  for (const { version, training } of await manifestsNewerThan(registry, model, newestBefore))
    if (training?.runId === runId) return version;
  return null;
}

/**
 * The reason to skip training: the champion, or a newer version that the gate has compared with the champion, was
 * trained on exactly these photos. Undefined if there is no such version.
 * @param photos the fingerprint of the photos
 */
export async function reasonNothingNew(
  registry: Registry,
  model: string,
  champion: number,
  photos: string,
): Promise<string | undefined> {
  if (photosOf(await registry.readManifest(model, champion)) === photos)
    return `version ${champion}, which serves, was trained on the same photos`;
  for (const manifest of (await manifestsNewerThan(registry, model, champion)).toReversed()) {
    const gate = photosOf(manifest) === photos && (await gateOf(registry, manifest));
    if (gate && gate.champion === champion)
      return `version ${manifest.version} was trained on the same photos, and the gate decided ${gate.outcome}: ${gate.reasons[0]}`;
  }
  return undefined;
}

/** The fingerprint of everything that a version was trained on. Versions of 0.1 record that of the data set only. */
function photosOf({ training, dataset }: Manifest): string | undefined {
  return training?.fingerprint ?? dataset?.fingerprint;
}

async function manifestsNewerThan(
  registry: Registry,
  model: string,
  version: number,
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const each of await registry.listVersions(model))
    if (each > version) manifests.push(await registry.readManifest(model, each));
  return manifests;
}

/** The gate result of the run that published a version; it has the run's id. */
async function gateOf(
  registry: Registry,
  { name, training }: Manifest,
): Promise<GateResult | undefined> {
  return training?.runId === undefined ? undefined : registry.readGate(name, training.runId);
}
