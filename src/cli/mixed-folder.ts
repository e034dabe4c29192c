import { graphFiles } from '../inference/engine/engine.ts';
import { shippedGraphs } from '../registry/loading/verified-graphs.ts';
import type { Manifest } from '../registry/manifest.ts';
import type { ModelRegistry } from '../registry/registry.ts';

/** The model that ships, and the numbers of its versions in this release and the ones before. */
const SHIPPED_MODEL = 'face-age';
const SHIPPED_NUMBERS: readonly number[] = [2, 3, 4, 5];

/**
 * The versions of a user's own that have the number of a shipped version in a registry that also holds shipped versions:
 * an upgrade of the package would bring another version with the same number.
 * @throws RegistryError
 */
export async function ownVersionsAmongShipped(
  registry: Pick<ModelRegistry, 'listVersions' | 'readManifest'>,
): Promise<number[]> {
  const own: number[] = [];
  let hasShipped = false;
  for (const version of await registry.listVersions(SHIPPED_MODEL)) {
    if (!SHIPPED_NUMBERS.includes(version)) continue;
    if (isShipped(await registry.readManifest(SHIPPED_MODEL, version))) hasShipped = true;
    else own.push(version);
  }
  return hasShipped ? own : [];
}

function isShipped({ files }: Manifest): boolean {
  const graph = files.find(({ path }) => path === graphFiles.fp32);
  return graph !== undefined && shippedGraphs.has(graph.sha256);
}
