import { createAgeHead, type AgeHeadSpec } from '../../../inference/head/age-head.ts';
import { outputRowLength } from '../../../inference/head/face-output.ts';
import {
  SCHEMA_VERSION,
  type FileRole,
  type Int8Form,
  type Manifest,
} from '../../../registry/manifest.ts';
import type { NewVersion, RegistryWriter } from '../../../registry/registry.ts';
import { TRAINING_PHOTOS_FILE } from '../../dataset/training-photo-list.ts';
import type { EvaluatedPhoto } from '../../evaluation/evaluated-photo.ts';
import type { FaceFraming } from '../../dataset/face-framing.ts';
import { knownGroupNames } from '../../evaluation/groups.ts';
import { measure } from '../../evaluation/measure.ts';
import {
  manifestMetrics,
  type GroupNames,
  type MetricsFile,
  type TrainingEpoch,
} from '../../evaluation/metrics-file.ts';
import { isResultFile, resultFiles } from '../../evaluation/result-files.ts';
import { networkSizeOf } from '../../onnx/network-size.ts';
import type { PhotoSet } from '../batches/photo-set.ts';
import type { ValidationPhotos } from '../validation.ts';
import type { CorrectionFigures } from './correction-fit.ts';
import {
  evaluateNetwork,
  type CorrectionPhotos,
  type NetworkEvaluation,
} from './evaluate-network.ts';
import {
  figuresUnder,
  manifestFigures,
  type FeedbackFigures,
  type FeedbackValidation,
  type MeasuredFeedback,
} from './feedback-figures.ts';
import { describeInt8Form, evaluateInt8Form } from './int8-form.ts';
import { withServingNetwork } from './serving-network.ts';

/** The split for calibration and evaluation. */
export const VALIDATION_SPLIT = 'val';

/** The files of a network, and the parts of its manifest that are not derived from its outputs. */
export interface NetworkToPublish {
  /** All files that do not depend on the validation photos; `model.onnx` is the graph that is evaluated. */
  files: ReadonlyMap<string, Uint8Array>;
  /** Interprets the outputs without calibration. */
  uncalibrated: AgeHeadSpec;
  /** If present, an 8-bit form is added whose ranges are calibrated on these photos. The graph must be exported here. */
  trainedOn?: PhotoSet;
  validation: ValidationPhotos;
  /** How the faces of the photos were found; by default the photos are framed faces. `about.framing` names the same. */
  faces?: FaceFraming | undefined;
  /** If present, the threshold of the second output is chosen on the validation photos; `about.face` then only says that there is one. */
  chooseFace?: { negatives: PhotoSet | undefined } | undefined;
  /** Corrects the age scale; by default the correction of `uncalibrated` is kept. */
  correction?: CorrectionPhotos | undefined;
  /** Held-out feedback, evaluated separately; none by default. */
  feedback?: FeedbackValidation;
  /** Earlier feedback metrics of the same network. They are kept if there is no feedback now and they are still valid. */
  measuredFeedback?: MeasuredFeedback | undefined;
  about: Pick<
    Manifest,
    | 'name'
    | 'parent'
    | 'gitCommit'
    | 'architecture'
    | 'engines'
    | 'preprocess'
    | 'buckets'
    | 'dataset'
    | 'calibratedOn'
    | 'training'
    | 'license'
    | 'framing'
    | 'face'
    | 'sources'
    | 'derivedFrom'
  >;
  /** One entry per epoch, for the training curves of the report; none by default. */
  history?: readonly TrainingEpoch[];
  /** Names of the group codes; by default those of the code book that the labels follow. */
  groupNames?: GroupNames;
  /** The version number to use if it is still free. */
  preferredVersion?: number;
  /** Where the registry takes the detector from that the framing names; this package by default. */
  detectorFrom?: NewVersion['detectorFrom'];
}

export interface WrittenVersion {
  version: number;
  figures: MetricsFile;
  /** Describes the 8-bit form, if there is one. */
  int8: Int8Form | undefined;
  /** Metrics on feedback: measured now, or earlier ones that are still valid. */
  feedback: FeedbackFigures | undefined;
  head: AgeHeadSpec;
  /** What correcting the age scale changes; undefined if no correction was fitted. */
  correction: CorrectionFigures | undefined;
}

/**
 * Calibrates and evaluates a network in the serving engine, and publishes it as the next version with everything that is
 * derived from the validation photos (head, metrics, report, model card, reference histograms) and golden samples.
 * @throws RegistryError
 */
export async function publishNetwork(
  registry: Pick<RegistryWriter, 'publish'>,
  network: NetworkToPublish,
): Promise<WrittenVersion> {
  const { about, files, preferredVersion, detectorFrom } = network;
  const {
    evaluated,
    golden,
    faceFigures,
    correctionFigures: correction,
    feedback: ownFeedback,
    ...derived
  } = await evaluateGraph(network);
  const feedback = ownFeedback ?? validFeedbackFigures(network, derived.head);
  const createdAt = new Date().toISOString();
  const described = { schemaVersion: SCHEMA_VERSION, createdAt, ...about, ...derived };
  const figuresAt = figuresOf(described, network, evaluated);
  const quantized = await int8FormOf(network, { ...derived, golden, evaluated }, described);
  const version = await registry.publish({
    name: about.name,
    ...(preferredVersion !== undefined && { preferredVersion }),
    detectorFrom,
    at: async (number) => {
      const figures = figuresAt(number);
      const added = { ...manifestFigures(feedback), ...faceFigures, ...correction };
      const metrics = { ...manifestMetrics(figures), ...added };
      const model = { ...described, metrics, ...(quantized && { int8: quantized.int8 }) };
      const results = await resultFiles({ ...model, version: number }, figures);
      const graphs =
        quantized === undefined ? [] : [[quantized.int8.file, quantized.graph] as const];
      const all = new Map([...files, ...graphs, ...results]);
      return { manifest: { ...model, golden }, files: all, roles: rolesOf(all.keys()) };
    },
  });
  const figures = figuresAt(version);
  return { version, figures, int8: quantized?.int8, feedback, head: derived.head, correction };
}

/** Both engines need their networks; nothing else is needed to serve. */
function rolesOf(paths: Iterable<string>): Map<string, FileRole> {
  const roles = new Map<string, FileRole>();
  for (const path of paths) {
    if (isResultFile(path)) roles.set(path, 'report');
    if (path === TRAINING_PHOTOS_FILE) roles.set(path, 'train');
  }
  return roles;
}

function validFeedbackFigures(
  { measuredFeedback }: NetworkToPublish,
  head: AgeHeadSpec,
): FeedbackFigures | undefined {
  return measuredFeedback && figuresUnder(head, measuredFeedback);
}

/** Quantizes a network if its training photos are known, and evaluates the result on the same photos with the same head. */
async function int8FormOf(
  network: NetworkToPublish,
  { head, golden, evaluated }: Pick<NetworkEvaluation, 'head' | 'golden' | 'evaluated'>,
  described: Parameters<typeof figuresOf>[0],
): Promise<{ graph: Uint8Array; int8: Int8Form } | undefined> {
  const { files, trainedOn, validation, about } = network;
  if (trainedOn === undefined) return undefined;
  const { buckets, preprocess, face } = about;
  const float32 = { head, golden, buckets, preprocess, face, validation, trainedOn };
  const quantized = await evaluateInt8Form({ graph: files.get('model.onnx')!, ...float32 });
  if (quantized === undefined) return undefined;
  const metrics = manifestMetrics(figuresOf(described, network, quantized.evaluated)(1));
  return { graph: quantized.graph, int8: describeInt8Form(quantized, evaluated, metrics) };
}

function evaluateGraph({
  files,
  uncalibrated,
  validation,
  faces,
  feedback,
  chooseFace,
  correction,
  about: { preprocess, buckets, face },
}: NetworkToPublish): Promise<NetworkEvaluation> {
  const outputLength = outputRowLength(createAgeHead(uncalibrated, buckets), face);
  return withServingNetwork(files.get('model.onnx')!, { ...preprocess, outputLength }, (network) =>
    evaluateNetwork(network, {
      uncalibrated,
      buckets,
      preprocess,
      framing: faces,
      validation,
      feedback,
      face: chooseFace === undefined ? face : undefined,
      negatives: chooseFace?.negatives,
      correction,
    }),
  );
}

/** Returns a function from the version number to the metrics file. */
function figuresOf(
  described: Pick<
    Manifest,
    'name' | 'architecture' | 'createdAt' | 'dataset' | 'calibratedOn' | 'head' | 'buckets'
  >,
  network: Pick<NetworkToPublish, 'files' | 'history' | 'groupNames' | 'validation'>,
  evaluated: readonly EvaluatedPhoto[],
): (version: number) => MetricsFile {
  const { files, history = [], groupNames } = network;
  const { noFace } = network.validation;
  const { name, architecture, createdAt, head, buckets } = described;
  const split = VALIDATION_SPLIT;
  const evaluatedOn = described.calibratedOn ?? described.dataset;
  const modelJson = files.get('model.json');
  const figures = measure(evaluated, {
    createdAt,
    model: {
      name,
      version: 1,
      architecture,
      head: head.kind,
      engine: 'onnxruntime',
      device: 'cpu',
      precision: 'fp32',
      size: modelJson === undefined ? null : networkSizeOf(Buffer.from(modelJson).toString('utf8')),
      faces: noFace === undefined ? 'none' : 'largest',
    },
    dataset: { name: evaluatedOn?.name ?? 'unknown', split, unreadable: 0, noFace: noFace ?? 0 },
    buckets,
    groupNames: groupNames ?? knownGroupNames(evaluated),
    history,
  });
  return (version) => ({ ...figures, model: { ...figures.model, version } });
}
