import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gitCommit } from '../common/program-version.ts';
import { graphFiles } from '../inference/engine/engine.ts';
import { faceFramingOf } from '../learning/dataset/face-framing.ts';
import { readDataset, type DatasetOptions } from '../learning/dataset/read-dataset.ts';
import {
  measuredFeedbackOf,
  type FeedbackFigures,
} from '../learning/training/publication/feedback-figures.ts';
import type { CorrectionFigures } from '../learning/training/publication/correction-fit.ts';
import type { MeasureFraming } from '../learning/training/publication/framing-change.ts';
import { measureFraming } from '../learning/training/publication/measure-framing.ts';
import { refreshVersion, type RefreshedVersion } from '../learning/training/publication/refresh.ts';
import type { MetricsFile } from '../learning/evaluation/metrics-file.ts';
import { framingOf, type Framing } from '../registry/framing.ts';
import { verifyArtifact } from '../registry/loading/verify-artifact.ts';
import type { Manifest } from '../registry/manifest.ts';
import { findModel } from '../registry/model-reference.ts';
import { registryOptionsOf } from '../registry/open-registry.ts';
import type { LocalArtifact, ModelRegistry } from '../registry/registry.ts';
import { framingText } from './framing-option.ts';
import type { Outcome } from './command.ts';
import type { RegistryTarget } from './registry-target.ts';

/** Which version to refresh, with which photos. */
export interface RefreshOptions extends Pick<
  DatasetOptions,
  'data' | 'cache' | 'valShare' | 'groups'
> {
  /** A version, an alias, or a version's folder. */
  model: string;
  /** The photos are not those that the version was trained with. */
  newData: boolean;
  /** What these photos may be used for. */
  dataLicense?: string | undefined;
  /** Photos with exact ages on which the age scale is corrected. */
  correctAges?: string | undefined;
  /** What these photos may be used for. */
  correctAgesLicense?: string | undefined;
  /** How much of the fitted correction is applied, from 0 to 1. */
  correctionStrength: number;
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
  const photos = photosOf(given, source, found.registry);
  const served = given.framing ?? framingOf(source.manifest);
  const { dataset, faces } = await photos.framed(served);
  const refreshed = await refreshVersion(registry, {
    source,
    dataset,
    faces,
    newData: given.newData,
    dataLicense: given.dataLicense,
    correction: await photos.correction(served),
    framing: given.framing && { framing: given.framing, measure: photos.measure },
    detectorFrom: found.registry,
    gitCommit: gitCommit(),
  });
  return outcomeOf(refreshed, source.manifest, registry.location);
}

function outcomeOf(
  { version, figures, feedback, framing, correction }: RefreshedVersion,
  source: Manifest,
  location: string,
): Outcome {
  const { name, version: parent } = source;
  const text =
    `published ${name} ${version} in ${location}: the weights of ${parent}, refreshed with ${figures.dataset.photos} photos\n` +
    figuresText(figures, source) +
    foundText(figures) +
    feedbackText(feedback, source) +
    correctionText(correction) +
    framingText(framing) +
    `Put it into service: npm run promote -- ${version}`;
  const data = {
    ...{ name, version, parent, registry: location, framing },
    ...{ metrics: figures.all, ranges: figures.ranges?.all ?? null },
    noFace: figures.dataset.noFace,
    correction: correction ?? null,
  };
  return { text, data };
}

/** The photos of a refresh, with their faces brought into the input of the version in any way. */
function photosOf(
  { data, cache, valShare, groups, ...given }: RefreshOptions,
  { directory, manifest }: LocalArtifact,
  registry: Pick<ModelRegistry, 'fetchDetector'>,
) {
  const framedOf = async (location: string, framing: Framing) => {
    const faces = await faceFramingOf(framing, registry);
    const options = { data: location, cache, valShare, groups, spec: manifest.preprocess };
    return { dataset: await readDataset({ ...options, framing: faces }), faces };
  };
  const framed = (framing: Framing) => framedOf(data, framing);
  const correction = async (framing: Framing) => {
    const { correctAges, correctAgesLicense: license, correctionStrength: strength } = given;
    if (correctAges === undefined) return undefined;
    return { dataset: (await framedOf(correctAges, framing)).dataset, license, strength };
  };
  const measure: MeasureFraming = async (framing) => {
    const graph = await readFile(path.join(directory, graphFiles.fp32));
    return measureFraming(graph, manifest, (await framed(framing)).dataset);
  };
  return { framed, correction, measure };
}

/** The main figures, and those of the version before where it has them. */
function figuresText({ all, ranges }: MetricsFile, { version, metrics }: Manifest): string {
  const before = (figure: number | undefined) =>
    figure === undefined ? '' : ` (${version}: ${figure.toFixed(3)})`;
  const mae = all && `MAE ${all.mae.toFixed(3)} years${before(metrics.mae)}\n`;
  const accuracy =
    ranges &&
    `group accuracy ${ranges.all.groupAccuracy.toFixed(3)} of ${ranges.all.count} photos with ranges${before(metrics.groupAccuracy)}\n`;
  return `${mae ?? ''}${accuracy ?? ''}`;
}

/** Empty where no faces were searched. */
function foundText({ model, dataset }: MetricsFile): string {
  if (model.faces === 'none') return '';
  const photos = dataset.photos + dataset.noFace;
  const share = ((100 * dataset.noFace) / photos).toFixed(1);
  return `a face was found in ${dataset.photos} of ${photos} photos (in ${share} % none)\n`;
}

/** Empty where the age scale was not corrected. */
function correctionText(correction: CorrectionFigures | undefined): string {
  if (correction === undefined) return '';
  const { correctionPhotos, uncorrectedMae, uncorrectedBias, correctedMae, correctedBias } =
    correction;
  const signed = (years: number) => `${years < 0 ? '−' : '+'}${Math.abs(years).toFixed(2)}`;
  return (
    `ages corrected on ${correctionPhotos} photos; in ten-fold cross-validation MAE ` +
    `${uncorrectedMae.toFixed(2)} → ${correctedMae.toFixed(2)} years, bias ${signed(uncorrectedBias)} → ${signed(correctedBias)}\n`
  );
}

/** Empty where the version had no feedback metrics. */
function feedbackText(kept: FeedbackFigures | undefined, { version, head, metrics }: Manifest) {
  if (measuredFeedbackOf({ head, metrics }) === undefined) return '';
  return kept === undefined
    ? `the feedback metrics of ${version} are left out: they do not hold with the new temperature\n`
    : `the feedback metrics are those of ${version}: its mean ages have not changed\n`;
}
