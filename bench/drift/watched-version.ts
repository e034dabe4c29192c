import { join } from 'node:path';
import type { Dataset } from '../../src/learning/dataset/dataset.ts';
import { FileRegistry } from '../../src/registry/file-registry.ts';
import type { Manifest } from '../../src/registry/manifest.ts';
import { promote } from '../../src/registry/promotion.ts';
import { refreshVersion } from '../../src/learning/training/publication/refresh.ts';

const NAME = 'face-age';

/** Refreshes the latest version of `models/` on a data set into another registry, and lets it serve there. */
export async function writeWatchedVersion(root: string, dataset: Dataset): Promise<Manifest> {
  const models = new FileRegistry(join(import.meta.dirname, '../../models'));
  const latest = (await models.listVersions(NAME)).at(-1)!;
  const source = await models.fetchArtifact(NAME, latest);
  const registry = new FileRegistry(root);
  const { version } = await refreshVersion(registry, {
    source,
    dataset,
    newData: true,
    gitCommit: null,
  });
  await promote(registry, version, { model: NAME, alias: 'production', by: 'bench', reason: '' });
  return registry.readManifest(NAME, version);
}
