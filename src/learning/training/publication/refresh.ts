import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { graphFiles } from '../../../inference/engine/engine.ts';
import type { Dataset } from '../../dataset/dataset.ts';
import {
  TRAINING_PHOTOS_FILE,
  trainingPhotosOf,
  type TrainingPhotos,
} from '../../dataset/training-photos.ts';
import { readArtifactFacts } from '../../evaluation/described-model.ts';
import { readGroupNames } from '../../evaluation/groups.ts';
import { isResultFile } from '../../evaluation/result-files.ts';
import type { AgeHeadSpec } from '../../../inference/head/age-head.ts';
import type { Manifest } from '../../../registry/manifest.ts';
import type { LocalArtifact, RegistryWriter } from '../../../registry/registry.ts';
import { untemperedHead } from './calibration.ts';
import { describeCalibration } from './dataset-description.ts';
import { measuredFeedbackOf } from './feedback-figures.ts';
import { publishNetwork, VALIDATION_SPLIT, type WrittenVersion } from './network-publication.ts';
import { createPhotoSet, type PhotoSet } from '../batches/photo-set.ts';
import { validationPhotosOf } from '../validation-photos.ts';

/** A version that cannot be refreshed so; the message says why and what to do. */
export class RefreshError extends Error {
  override readonly name = 'RefreshError';
}

export interface RefreshOptions {
  /** Whole and unharmed. */
  source: LocalArtifact;
  /** Preprocessed as the version's manifest says. */
  dataset: Dataset;
  /** Takes photos that had no part in the version. */
  newData: boolean;
  /** Of the code that runs. */
  gitCommit: string | null;
}

/**
 * Publishes a version's weights once more, as a version after it, with all that is derived from labelled photos made
 * anew: calibration, figures, report, card, reference histograms; and golden samples. Figures of feedback, which is not
 * at hand, are kept where the new calibration leaves the mean ages as they were, else left out.
 * @throws RefreshError, RegistryError
 */
export async function refreshVersion(
  registry: RegistryWriter,
  { source, dataset, newData, gitCommit }: RefreshOptions,
): Promise<WrittenVersion> {
  const { directory, manifest } = source;
  const { name, version, architecture, engines, preprocess, buckets, training, license } = manifest;
  const uncalibrated = uncalibratedHead(manifest);
  const photos = photosOf(manifest, dataset, newData);
  const validation = validationPhotosOf(dataset, VALIDATION_SPLIT);
  requirePhotos(dataset, validation.photos.count);
  return publishNetwork(registry, {
    files: await networkFiles(source, dataset),
    uncalibrated,
    validation,
    measuredFeedback: measuredFeedbackOf(manifest),
    ...trainedOn(manifest, dataset),
    about: {
      ...{ name, parent: version, gitCommit, architecture, engines, preprocess, buckets },
      ...{ training, license, ...photos },
    },
    history: (await readArtifactFacts(directory)).history,
    groupNames: await readGroupNames(dataset, validation.labelled),
    preferredVersion: version + 1,
  });
}

/** @throws RefreshError where this build would not know how to read the network anew */
function uncalibratedHead({ name, version, head, preprocess, files }: Manifest): AgeHeadSpec {
  const refuse = (why: string) =>
    new RefreshError(`${name} ${version} cannot be refreshed: ${why}`);
  if (!files.some((file) => file.path === 'model.onnx')) throw refuse('it has no model.onnx');
  if (preprocess.width !== preprocess.height) throw refuse('its photos are not square');
  if (head.kind === 'buckets') return head;
  if (head.minAge === untemperedHead.minAge && head.maxAge === untemperedHead.maxAge)
    return untemperedHead;
  const [from, to] = [untemperedHead.minAge, untemperedHead.maxAge];
  throw refuse(`it does not answer for the ages ${from} to ${to}, as calibration expects`);
}

/** @throws RefreshError where the photos are others than the version's and nobody said that they may be */
function photosOf(
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
    `${dataset.location} (${dataset.fingerprint.slice(0, 16)}) is not what ${name} ${version} was trained with (${known}): ` +
      'name that data set and its --val-share, or say --new-data to calibrate and judge on this one',
  );
}

function requirePhotos({ location }: Dataset, count: number): void {
  if (count > 0) return;
  throw new RefreshError(
    `${location} has no photos in split "${VALIDATION_SPLIT}": check its split column or folders, and --val-share`,
  );
}

/** Photos for the ranges of an 8-bit form, where the graph was exported here, which its model.json tells. */
function trainedOn({ files }: Manifest, dataset: Dataset): { trainedOn?: PhotoSet } {
  const isOurs = files.some((file) => file.path === 'model.json');
  const photos = dataset.photosOf('train');
  return isOurs && photos.length > 0 ? { trainedOn: createPhotoSet(dataset, photos) } : {};
}

/** All files but those that are made anew here; with the list of the photos that trained it, where that can be told. */
async function networkFiles(
  { directory, manifest }: LocalArtifact,
  dataset: Dataset,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const { path: file } of manifest.files)
    if (!isResultFile(file) && file !== graphFiles.int8)
      files.set(file, await readFile(path.join(directory, file)));
  const isListed = files.has(TRAINING_PHOTOS_FILE);
  if (!isListed && dataset.fingerprint === manifest.dataset?.fingerprint)
    files.set(TRAINING_PHOTOS_FILE, trainingPhotos(manifest, dataset).toBytes());
  return files;
}

/** Where training went on from another version's weights, that one's photos had a part too. */
function trainingPhotos({ parent }: Manifest, dataset: Dataset): TrainingPhotos {
  const photos = trainingPhotosOf(dataset, dataset.photosOf('train'));
  return parent === null ? photos : photos.with(undefined);
}
