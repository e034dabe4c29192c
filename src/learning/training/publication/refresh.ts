import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { graphFiles } from '../../../inference/engine/engine.ts';
import type { Dataset } from '../../dataset/dataset.ts';
import type { FaceFraming } from '../../dataset/face-framing.ts';
import {
  TRAINING_PHOTOS_FILE,
  trainingPhotosOf,
  type TrainingPhotoList,
} from '../../dataset/training-photo-list.ts';
import { readArtifactFacts } from '../../evaluation/described-model.ts';
import { readGroupNames } from '../../evaluation/groups.ts';
import { isResultFile } from '../../evaluation/result-files.ts';
import type { AgeHeadSpec } from '../../../inference/head/age-head.ts';
import { verifyFile } from '../../../registry/loading/verify-artifact.ts';
import { isNeededToServe, type Manifest } from '../../../registry/manifest.ts';
import { framingOf } from '../../../registry/framing.ts';
import type { LocalArtifact, NewVersion, RegistryWriter } from '../../../registry/registry.ts';
import { calibratedHead } from './calibrated-head.ts';
import { untemperedHead } from './calibration.ts';
import { describeCalibration } from './dataset-description.ts';
import {
  correctionPhotosOf,
  derivedFromOf,
  type AgeCorrectionData,
} from './refresh-ingredients.ts';
import { RefreshError } from './refresh-error.ts';
import { changeFraming, type ChangedFraming, type FramingChange } from './framing-change.ts';
import { measuredFeedbackOf } from './feedback-figures.ts';
import { publishNetwork, VALIDATION_SPLIT, type WrittenVersion } from './publish-network.ts';
import { createPhotoSet, type PhotoSet } from '../batches/photo-set.ts';
import { validationPhotosOf } from '../validation.ts';

export interface RefreshOptions {
  /** A verified artifact. */
  source: LocalArtifact;
  /** Preprocessed according to the version's manifest. */
  dataset: Dataset;
  /** How the faces of the dataset were found; undefined if its photos are taken for framed faces. */
  faces?: FaceFraming | undefined;
  /** Whether photos are accepted that were not used for the version. */
  newData: boolean;
  /** What photos that were not used for the version may be used for; undefined if that is not known. */
  dataLicense?: string | undefined;
  /** Corrects the age scale on photos with exact ages; by default the correction that the version has is kept. */
  correction?: AgeCorrectionData | undefined;
  /** Gives the new version another framing; by default it has that of the version. */
  framing?: FramingChange | undefined;
  /** Where the registry takes the detector from that the framing names; this package by default. */
  detectorFrom?: NewVersion['detectorFrom'];
  /** Commit of the running code. */
  gitCommit: string | null;
}

/** A refreshed version, and what has become of its framing. */
export interface RefreshedVersion extends WrittenVersion {
  framing: ChangedFraming;
}

/**
 * Publishes the weights of a version again as a new version, and recomputes everything that is derived from labeled
 * photos: calibration, metrics, report, model card, reference histograms, and golden samples. Feedback is not available
 * here, so its metrics are kept if the new calibration does not change the mean ages, and omitted otherwise.
 * @throws RefreshError, RegistryError
 */
export async function refreshVersion(
  registry: RegistryWriter,
  options: RefreshOptions,
): Promise<RefreshedVersion> {
  const { source, dataset, newData, gitCommit, detectorFrom } = options;
  const { directory, manifest } = source;
  const { name, version, architecture, engines, preprocess, buckets, training, license } = manifest;
  const { face, sources } = manifest;
  const derivedFrom = derivedFromOf(options);
  const uncalibrated = uncalibratedHead(manifest);
  const datasets = datasetsOf(manifest, dataset, newData);
  const validation = validationPhotosOf(dataset, VALIDATION_SPLIT);
  requirePhotos(dataset, validation.photos.count);
  const framing = await changeFraming(framingOf(manifest), options.framing);
  const written = await publishNetwork(registry, {
    detectorFrom,
    files: await networkFiles(source, dataset),
    uncalibrated,
    validation,
    faces: options.faces,
    measuredFeedback: measuredFeedbackOf(manifest),
    correction: options.correction && correctionPhotosOf(options.correction),
    ...trainedOn(manifest, dataset),
    about: {
      ...{ name, parent: version, gitCommit, architecture, engines, preprocess, buckets },
      ...{ training, license, ...datasets, framing: framing.after },
      ...(face && { face }),
      ...(sources && { sources }),
      ...(derivedFrom && { derivedFrom }),
    },
    history: (await readArtifactFacts(directory)).history,
    groupNames: await readGroupNames(dataset, validation.labeled),
    preferredVersion: version + 1,
  });
  return { ...written, framing };
}

/** @throws RefreshError if this build cannot recalibrate the network */
function uncalibratedHead({ name, version, head, preprocess, files }: Manifest): AgeHeadSpec {
  const refuse = (why: string) =>
    new RefreshError(`${name} ${version} cannot be refreshed: ${why}`);
  if (!files.some((file) => file.path === 'model.onnx')) throw refuse('it has no model.onnx');
  if (preprocess.width !== preprocess.height) throw refuse('its input photos are not square');
  if (preprocess.channels === 3)
    throw refuse('its input is in color; give --temperature and --interval to import instead');
  if (head.kind === 'buckets') return head;
  if (head.minAge === untemperedHead.minAge && head.maxAge === untemperedHead.maxAge)
    return calibratedHead({ correction: head.correction });
  const [from, to] = [untemperedHead.minAge, untemperedHead.maxAge];
  throw refuse(`its outputs are not the ages ${from} to ${to}, which calibration expects`);
}

/** @throws RefreshError if the photos differ from those of the version and `newData` is not set */
function datasetsOf(
  { name, version, dataset: trainedOn, calibratedOn }: Manifest,
  dataset: Dataset,
  newData: boolean,
): Pick<Manifest, 'dataset' | 'calibratedOn'> {
  if (dataset.fingerprint === trainedOn?.fingerprint) return { dataset: trainedOn };
  if (dataset.fingerprint === calibratedOn?.fingerprint)
    return { dataset: trainedOn, calibratedOn };
  if (newData)
    return { dataset: trainedOn, calibratedOn: describeCalibration(dataset, VALIDATION_SPLIT) };
  const known = trainedOn === null ? 'unknown' : trainedOn.fingerprint.slice(0, 16);
  throw new RefreshError(
    `${dataset.location} (${dataset.fingerprint.slice(0, 16)}) is not the dataset that ${name} ${version} was trained on (${known}): ` +
      'give that dataset and its --val-share, or use --new-data to calibrate and evaluate on this one',
  );
}

function requirePhotos(dataset: Dataset, count: number): void {
  const { location } = dataset;
  if (count > 0) return;
  if (dataset.withoutFaceOf(VALIDATION_SPLIT).length > 0)
    throw new RefreshError(
      `no face was found in any photo of the split "${VALIDATION_SPLIT}" of ${location}`,
    );
  throw new RefreshError(
    `${location} has no photos in the split "${VALIDATION_SPLIT}": check its split column or folders, and --val-share`,
  );
}

/** The photos for calibrating an 8-bit form, if the graph was exported here, which a model.json indicates. */
function trainedOn({ files }: Manifest, dataset: Dataset): { trainedOn?: PhotoSet } {
  const isExportedHere = files.some((file) => file.path === 'model.json');
  const photos = dataset.photosOf('train');
  return isExportedHere && photos.length > 0 ? { trainedOn: createPhotoSet(dataset, photos) } : {};
}

/**
 * Returns all files that are not recomputed, and adds the list of the training photos if they are known. A file that is
 * not needed to serve may be missing.
 * @throws ArtifactError if one differs from the manifest
 */
async function networkFiles(
  { directory, manifest }: LocalArtifact,
  dataset: Dataset,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const present = new Set(await readdir(directory));
  for (const file of manifest.files) {
    if (isResultFile(file.path) || file.path === graphFiles.int8) continue;
    if (!isNeededToServe(file) && !present.has(file.path)) continue;
    await verifyFile(directory, file);
    files.set(file.path, await readFile(path.join(directory, file.path)));
  }
  const isListed = files.has(TRAINING_PHOTOS_FILE);
  if (!isListed && dataset.fingerprint === manifest.dataset?.fingerprint)
    files.set(TRAINING_PHOTOS_FILE, trainingPhotoListOf(manifest, dataset).toBytes());
  return files;
}

/** The list is incomplete if the version was warm-started, since the parent's photos are unknown. */
function trainingPhotoListOf({ parent }: Manifest, dataset: Dataset): TrainingPhotoList {
  const trained = [...dataset.photosOf('train'), ...dataset.withoutFaceOf('train')];
  const photos = trainingPhotosOf(dataset, trained);
  return parent === null ? photos : photos.with(undefined);
}
