import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { parseOptions } from '../common/parse-options.ts';
import { gitCommit } from '../common/program-version.ts';
import { shareSchema, readDataset } from '../learning/dataset/read-dataset.ts';
import {
  measuredFeedbackOf,
  type FeedbackFigures,
} from '../learning/training/publication/feedback-figures.ts';
import { refreshVersion } from '../learning/training/publication/refresh.ts';
import { verifyArtifact } from '../registry/loading/verify-artifact.ts';
import type { Manifest } from '../registry/manifest.ts';
import { findModel } from '../registry/model-reference.ts';
import { registryOptionsOf } from '../registry/open-registry.ts';
import type { RegistrySettings } from '../registry/registry-settings.ts';
import type { Outcome } from './registry-command.ts';

export const refreshUsage = `Usage: npm run refresh -- MODEL --data FOLDER|s3://BUCKET/PREFIX [options]
Publishes the weights of a version once more, as a version after it, with all that is derived from labelled photos made
anew: calibration, figures, report, card, the reference histograms that drift is measured against; and golden samples.
Figures of feedback are kept where the new calibration leaves the mean ages as they were, else left out.
Nothing is trained, and TensorFlow is not needed. No alias moves.

  MODEL             a version (3), an alias, or a version's folder (models/face-age/3)
  --data LOCATION   the photos that the version was trained with (default: FACES_DIR)
  --new-data        take other photos than those, which trains nothing: their split "val" calibrates and judges
  --val-share SHARE of the photos of no split that validate (default: 0.1)
  --cache FOLDER    keeps preprocessed photos (default: ~/.cache/face-age/photos)
  --name NAME       the model (default: MODEL_NAME, face-age)
  --json            print a JSON document
The registry is MODEL_REGISTRY: a folder (default ./models) or s3://bucket/prefix.`;

export const refreshOptions = {
  data: { type: 'string' },
  'new-data': { type: 'boolean', default: false },
  'val-share': { type: 'string', default: '0.1' },
  cache: { type: 'string', default: path.join(homedir(), '.cache/face-age/photos') },
  name: { type: 'string' },
} as const;

const optionsSchema = z.object({
  model: z.string().min(1),
  data: z.string().min(1, 'give a folder or s3://bucket/prefix, or set FACES_DIR'),
  'new-data': z.boolean(),
  'val-share': shareSchema,
  cache: z.string().min(1),
  name: z.string().optional(),
});

/** Which version is to be refreshed with which photos. */
export type RefreshOptions = z.infer<typeof optionsSchema>;

/**
 * @param facesDirectory the photos where none are given
 * @throws Error naming the first option that cannot be used
 */
export function readRefreshOptions(
  values: { data?: string | undefined } & Record<string, unknown>,
  positionals: readonly string[],
  facesDirectory = '',
): RefreshOptions {
  const [model, ...more] = positionals;
  if (model === undefined || more.length > 0)
    throw new Error(`give one version, such as 3\n\n${refreshUsage}`);
  return parseOptions(optionsSchema, { ...values, model, data: values.data ?? facesDirectory });
}

/**
 * Refreshes a version as wished.
 * @throws RefreshError, RegistryError, ArtifactError, StorageError
 */
export async function refresh(
  given: RefreshOptions,
  { config, registry, name: wantedName, alias }: RegistrySettings,
): Promise<Outcome> {
  const found = await findModel(given.model, {
    location: config.MODEL_REGISTRY,
    name: wantedName,
    alias,
    options: registryOptionsOf(config),
  });
  const source = await found.registry.fetchArtifact(found.name, found.version);
  await verifyArtifact(source);
  const dataset = await readDataset({ ...given, spec: source.manifest.preprocess });
  const { version, figures, feedback } = await refreshVersion(registry, {
    source,
    dataset,
    newData: given['new-data'],
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
