import { createAgeHead, type AgeHeadSpec } from '../../../inference/head/age-head.ts';
import { SCHEMA_VERSION, type Int8Form, type Manifest } from '../../../registry/manifest.ts';
import type { RegistryWriter } from '../../../registry/registry.ts';
import type { EvaluatedPhoto } from '../../evaluation/evaluated-photo.ts';
import { knownGroupNames } from '../../evaluation/groups.ts';
import { measure } from '../../evaluation/measure.ts';
import {
  manifestMetrics,
  type GroupNames,
  type MetricsFile,
  type TrainingEpoch,
} from '../../evaluation/metrics-file.ts';
import { resultFiles } from '../../evaluation/result-files.ts';
import { networkSizeOf } from '../../onnx/network-size.ts';
import type { PhotoSet } from '../batches/photo-set.ts';
import type { ValidationPhotos } from '../validation-photos.ts';
import {
  evaluateNetwork,
  type NetworkEvaluation,
  withServingNetwork,
} from './evaluated-network.ts';
import {
  figuresUnder,
  type FeedbackFigures,
  type FeedbackValidation,
  type MeasuredFeedback,
} from './feedback-figures.ts';
import { describeInt8Form, evaluateInt8Form } from './int8-form.ts';

/** The split that calibrates and judges. */
export const VALIDATION_SPLIT = 'val';

/** A network in files, and what is to be said of it beyond what its answers tell. */
export interface NetworkToPublish {
  /** `model.onnx`, which is judged, and what goes with it: all files that do not depend on the validation photos. */
  files: ReadonlyMap<string, Uint8Array>;
  /** Reads the answers as they are. */
  uncalibrated: AgeHeadSpec;
  /** Where given, the network gets an 8-bit form too, whose ranges are those of these photos. The graph must be ours. */
  trainedOn?: PhotoSet;
  validation: ValidationPhotos;
  /** Judged separately; none by default. */
  feedback?: FeedbackValidation;
  /** Of a version of this very network, for where there is no feedback to judge by; kept while its head allows. */
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
  >;
  /** One entry an epoch, for the report's training curves; none by default. */
  history?: readonly TrainingEpoch[];
  /** Names of the groups' codes; by default those of the code book that the labels follow. */
  groupNames?: GroupNames;
  /** Its number, where that is free. */
  preferredVersion?: number;
}

export interface WrittenVersion {
  version: number;
  figures: MetricsFile;
  /** Of the 8-bit form, where it has one. */
  int8: Int8Form | undefined;
  /** Of the feedback, where there was any to judge by, or what was measured before holds. */
  feedback: FeedbackFigures | undefined;
  head: AgeHeadSpec;
}

/**
 * Calibrates and judges a network through the engine that serves, and publishes it as the next version with all that
 * is derived from the validation photos: head, figures, report, card, reference histograms; and golden samples.
 * @throws RegistryError
 */
export async function publishNetwork(
  registry: Pick<RegistryWriter, 'publish'>,
  network: NetworkToPublish,
): Promise<WrittenVersion> {
  const { about, files, preferredVersion } = network;
  const { evaluated, golden, feedback: ownFeedback, ...derived } = await evaluateGraph(network);
  const feedback = ownFeedback ?? feedbackThatHolds(network, derived.head);
  const createdAt = new Date().toISOString();
  const described = { schemaVersion: SCHEMA_VERSION, createdAt, ...about, ...derived };
  const figuresAt = figuresOf(described, network, evaluated);
  const integers = await int8FormOf(network, { ...derived, golden }, described, figuresAt(1));
  const version = await registry.publish({
    name: about.name,
    ...(preferredVersion !== undefined && { preferredVersion }),
    at: async (number) => {
      const figures = figuresAt(number);
      const metrics = { ...manifestMetrics(figures), ...feedback };
      const model = { ...described, metrics, ...(integers && { int8: integers.int8 }) };
      const results = await resultFiles({ ...model, version: number }, figures);
      const graphs = integers === undefined ? [] : [[integers.int8.file, integers.graph] as const];
      const all = new Map([...files, ...graphs, ...results]);
      return { manifest: { ...model, golden }, files: all };
    },
  });
  const figures = figuresAt(version);
  return { version, figures, int8: integers?.int8, feedback, head: derived.head };
}

function feedbackThatHolds(
  { measuredFeedback }: NetworkToPublish,
  head: AgeHeadSpec,
): FeedbackFigures | undefined {
  return measuredFeedback && figuresUnder(head, measuredFeedback);
}

/** Of a network whose training photos are known: its 8-bit form, judged on the same photos with the same head. */
async function int8FormOf(
  network: NetworkToPublish,
  { head, golden }: Pick<NetworkEvaluation, 'head' | 'golden'>,
  described: Parameters<typeof figuresOf>[0],
  figures: MetricsFile,
): Promise<{ graph: Uint8Array; int8: Int8Form } | undefined> {
  const { files, trainedOn, validation, about } = network;
  if (trainedOn === undefined) return undefined;
  const { buckets, preprocess } = about;
  const floats = { head, golden, buckets, preprocess, validation, trainedOn };
  const integers = await evaluateInt8Form({ graph: files.get('model.onnx')!, ...floats });
  if (integers === undefined) return undefined;
  const ownFigures = figuresOf(described, network, integers.evaluated)(1);
  const metrics = { fp32: manifestMetrics(figures), int8: manifestMetrics(ownFigures) };
  return { graph: integers.graph, int8: describeInt8Form(integers, metrics) };
}

function evaluateGraph({
  files,
  uncalibrated,
  validation,
  feedback,
  about: { preprocess, buckets },
}: NetworkToPublish): Promise<NetworkEvaluation> {
  const { outputLength } = createAgeHead(uncalibrated, buckets);
  return withServingNetwork(files.get('model.onnx')!, { ...preprocess, outputLength }, (network) =>
    evaluateNetwork(network, { uncalibrated, buckets, preprocess, validation, feedback }),
  );
}

/** The figures of the version that gets a number. */
function figuresOf(
  described: Pick<
    Manifest,
    'name' | 'architecture' | 'createdAt' | 'dataset' | 'calibratedOn' | 'head' | 'buckets'
  >,
  { files, history = [], groupNames }: Pick<NetworkToPublish, 'files' | 'history' | 'groupNames'>,
  evaluated: readonly EvaluatedPhoto[],
): (version: number) => MetricsFile {
  const { name, architecture, createdAt, head, buckets } = described;
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
    },
    dataset: { name: evaluatedOn?.name ?? 'unknown', split: VALIDATION_SPLIT, unreadable: 0 },
    buckets,
    groupNames: groupNames ?? knownGroupNames(evaluated),
    history,
  });
  return (version) => ({ ...figures, model: { ...figures.model, version } });
}
