import { verifyArtifact } from '../../src/registry/loading/verify-artifact.ts';
import { findModel } from '../../src/registry/model-reference.ts';
import type { Manifest } from '../../src/registry/manifest.ts';
import { registryOptionsOf } from '../../src/registry/open-registry.ts';
import {
  measuredFeedbackOf,
  type FeedbackFigures,
} from '../../src/learning/training/publication/feedback-figures.ts';
import { refreshVersion } from '../../src/learning/training/publication/refresh.ts';
import { gitCommit } from '../../src/common/program-version.ts';
import { readDataset } from '../../src/learning/dataset/read-dataset.ts';
import type { Outcome } from '../registry/command-line.ts';
import type { RegistrySettings } from '../../src/registry/registry-settings.ts';
import type { RefreshWish } from './wish.ts';

/**
 * Refreshes a version as wished.
 * @throws RefreshError, RegistryError, ArtifactError, StorageError
 */
export async function refresh(
  wish: RefreshWish,
  { config, registry, name: wantedName, alias }: RegistrySettings,
): Promise<Outcome> {
  const found = await findModel(wish.model, {
    location: config.MODEL_REGISTRY,
    name: wantedName,
    alias,
    options: registryOptionsOf(config),
  });
  const source = await found.registry.fetchArtifact(found.name, found.version);
  await verifyArtifact(source);
  const dataset = await readDataset({ ...wish, spec: source.manifest.preprocess });
  const { version, figures, feedback } = await refreshVersion(registry, {
    source,
    dataset,
    newData: wish['new-data'],
    gitCommit: gitCommit(),
  });
  const { name, version: parent, metrics } = source.manifest;
  const before = metrics.mae === undefined ? '' : ` (${parent}: ${metrics.mae.toFixed(3)})`;
  const text =
    `published ${name} ${version} in ${registry.location}: the weights of ${parent}, made anew on ${figures.all.count} photos\n` +
    `MAE ${figures.all.mae.toFixed(3)} years${before}\n` +
    tellFeedback(feedback, source.manifest) +
    `npm run promote -- ${version} lets it serve`;
  const data = { name, version, parent, registry: registry.location, metrics: figures.all };
  return { text, data };
}

/** Nothing where the version had none. */
function tellFeedback(kept: FeedbackFigures | undefined, { version, head, metrics }: Manifest) {
  if (measuredFeedbackOf({ head, metrics }) === undefined) return '';
  return kept === undefined
    ? `the figures of feedback that ${version} has are left out: with the new temperature they do not hold\n`
    : `the figures of feedback are those of ${version}: its mean ages have not changed\n`;
}
