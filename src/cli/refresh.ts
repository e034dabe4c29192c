import { gitCommit } from '../common/program-version.ts';
import { readDataset, type DatasetOptions } from '../learning/dataset/read-dataset.ts';
import {
  measuredFeedbackOf,
  type FeedbackFigures,
} from '../learning/training/publication/feedback-figures.ts';
import { refreshVersion } from '../learning/training/publication/refresh.ts';
import type { Framing } from '../registry/framing.ts';
import { verifyArtifact } from '../registry/loading/verify-artifact.ts';
import type { Manifest } from '../registry/manifest.ts';
import { findModel } from '../registry/model-reference.ts';
import { registryOptionsOf } from '../registry/open-registry.ts';
import { framingText } from './framing-option.ts';
import type { Outcome } from './command.ts';
import type { RegistryTarget } from './registry-target.ts';

/** Which version to refresh, with which photos. */
export interface RefreshOptions extends Pick<DatasetOptions, 'data' | 'cache' | 'valShare'> {
  /** A version, an alias, or a version's folder. */
  model: string;
  /** The photos are not those that the version was trained with. */
  newData: boolean;
  /** Gives the new version another framing. */
  framing?: Framing | undefined;
}

/**
 * `refresh`: publishes the weights of a version again, with everything that is derived from labeled photos recomputed.
 * @throws RefreshError, RegistryError, ArtifactError, StorageError
 */
export async function refresh(
  given: RefreshOptions,
  { config, registry, name: defaultName, alias }: RegistryTarget,
): Promise<Outcome> {
  const found = await findModel(given.model, {
    location: config.MODEL_REGISTRY,
    name: defaultName,
    alias,
    options: registryOptionsOf(config),
  });
  const source = await found.registry.fetchArtifact(found.name, found.version);
  await verifyArtifact(source);
  const dataset = await readDataset({ ...given, spec: source.manifest.preprocess });
  const { version, figures, feedback, framing } = await refreshVersion(registry, {
    source,
    dataset,
    newData: given.newData,
    framing: given.framing && { framing: given.framing },
    detectorFrom: found.registry,
    gitCommit: gitCommit(),
  });
  const { name, version: parent, metrics } = source.manifest;
  const before = metrics.mae === undefined ? '' : ` (${parent}: ${metrics.mae.toFixed(3)})`;
  const text =
    `published ${name} ${version} in ${registry.location}: the weights of ${parent}, refreshed with ${figures.all.count} photos\n` +
    `MAE ${figures.all.mae.toFixed(3)} years${before}\n` +
    feedbackText(feedback, source.manifest) +
    framingText(framing) +
    `Put it into service: npm run promote -- ${version}`;
  const data = {
    name,
    version,
    parent,
    registry: registry.location,
    metrics: figures.all,
    framing,
  };
  return { text, data };
}

/** Empty where the version had no feedback metrics. */
function feedbackText(kept: FeedbackFigures | undefined, { version, head, metrics }: Manifest) {
  if (measuredFeedbackOf({ head, metrics }) === undefined) return '';
  return kept === undefined
    ? `the feedback metrics of ${version} are left out: they do not hold with the new temperature\n`
    : `the feedback metrics are those of ${version}: its mean ages have not changed\n`;
}
