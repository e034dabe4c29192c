import type { GateResult } from '../../registry/gate-result.ts';
import type { Manifest } from '../../registry/manifest.ts';
import type { RegistryWriter } from '../../registry/registry.ts';

type Registry = Pick<RegistryWriter, 'listVersions' | 'readManifest' | 'readGate'>;

/** The version that a run has published, if any: a run that was killed may not have recorded it. */
export async function ownVersion(
  registry: Registry,
  model: string,
  { runId, newestBefore }: { runId: string; newestBefore: number },
): Promise<number | null> {
  for (const { version, training } of await manifestsAfter(registry, model, newestBefore))
    if (training?.runId === runId) return version;
  return null;
}

/**
 * Why there is nothing new to learn from the photos: the champion was trained on exactly these, or so was a version
 * that the gate has compared with it. Undefined where neither is the case.
 * @param photos their fingerprint
 */
export async function learnedAlready(
  registry: Registry,
  model: string,
  champion: number,
  photos: string,
): Promise<string | undefined> {
  const { dataset } = await registry.readManifest(model, champion);
  if (dataset?.fingerprint === photos)
    return `version ${champion}, which serves, was trained on the very same photos`;
  for (const manifest of (await manifestsAfter(registry, model, champion)).toReversed()) {
    const gate = manifest.dataset?.fingerprint === photos && (await gateOf(registry, manifest));
    if (gate && gate.champion === champion)
      return `version ${manifest.version} was trained on the very same photos, and the gate said ${gate.outcome}: ${gate.reasons[0]}`;
  }
  return undefined;
}

async function manifestsAfter(
  registry: Registry,
  model: string,
  version: number,
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const each of await registry.listVersions(model))
    if (each > version) manifests.push(await registry.readManifest(model, each));
  return manifests;
}

/** The gate of a run has the id of the run. */
async function gateOf(
  registry: Registry,
  { name, training }: Manifest,
): Promise<GateResult | undefined> {
  return training?.runId === undefined ? undefined : registry.readGate(name, training.runId);
}
