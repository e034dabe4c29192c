import { knownGroupNames } from '../evaluation/group-names.ts';
import type { JudgedPhoto } from '../evaluation/judged-photo.ts';
import { measure } from '../evaluation/measure.ts';
import {
  manifestMetrics,
  type GroupNames,
  type MetricsFile,
  type TrainingEpoch,
} from '../evaluation/metrics-file.ts';
import { resultFiles } from '../evaluation/result-files.ts';
import { createAgeHead, type AgeHeadSpec } from '../network/age-head.ts';
import { networkSizeOf } from '../network/network-size.ts';
import { SCHEMA_VERSION, type Manifest } from '../registry/manifest.ts';
import type { RegistryWriter } from '../registry/registry.ts';
import type { FeedbackFigures, FeedbackValidation } from './feedback-figures.ts';
import { judgeNetwork, type NetworkJudgement } from './judged-network.ts';
import { withServingNetwork } from './serving-network.ts';
import type { ValidationPhotos } from './validation-photos.ts';

/** The split that calibrates and judges. */
export const VALIDATION_SPLIT = 'val';

/** A network in files, and what is to be said of it beyond what its answers tell. */
export interface NetworkToPublish {
  /** `model.onnx`, which is judged, and what goes with it: all files that do not depend on the validation photos. */
  files: ReadonlyMap<string, Uint8Array>;
  /** Reads the answers as they are. */
  uncalibrated: AgeHeadSpec;
  validation: ValidationPhotos;
  /** Judged separately; none by default. */
  feedback?: FeedbackValidation;
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
  wanted?: number;
}

export interface WrittenVersion {
  version: number;
  figures: MetricsFile;
  /** Of the feedback, where there was any to judge by. */
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
  const { about, files, wanted } = network;
  const { judged, golden, feedback, ...derived } = await judgeGraph(network);
  const createdAt = new Date().toISOString();
  const described = { schemaVersion: SCHEMA_VERSION, createdAt, ...about, ...derived };
  const figuresAt = figuresOf(described, network, judged);
  const version = await registry.publish({
    name: about.name,
    ...(wanted !== undefined && { wanted }),
    at: async (number) => {
      const figures = figuresAt(number);
      const model = { ...described, metrics: { ...manifestMetrics(figures), ...feedback } };
      const results = await resultFiles({ ...model, version: number }, figures);
      return { manifest: { ...model, golden }, files: new Map([...files, ...results]) };
    },
  });
  return { version, figures: figuresAt(version), feedback, head: derived.head };
}

function judgeGraph({
  files,
  uncalibrated,
  validation,
  feedback,
  about: { preprocess, buckets },
}: NetworkToPublish): Promise<NetworkJudgement> {
  const { outputLength } = createAgeHead(uncalibrated, buckets);
  return withServingNetwork(files.get('model.onnx')!, { ...preprocess, outputLength }, (network) =>
    judgeNetwork(network, { uncalibrated, buckets, preprocess, validation, feedback }),
  );
}

/** The figures of the version that gets a number. */
function figuresOf(
  described: Pick<
    Manifest,
    'name' | 'architecture' | 'createdAt' | 'dataset' | 'calibratedOn' | 'head' | 'buckets'
  >,
  { files, history = [], groupNames }: Pick<NetworkToPublish, 'files' | 'history' | 'groupNames'>,
  judged: readonly JudgedPhoto[],
): (version: number) => MetricsFile {
  const { name, architecture, createdAt, head, buckets } = described;
  const judgedOn = described.calibratedOn ?? described.dataset;
  const modelJson = files.get('model.json');
  const figures = measure(judged, {
    createdAt,
    model: {
      name,
      version: 1,
      architecture,
      head: head.kind,
      engine: 'onnxruntime',
      device: 'cpu',
      size: modelJson === undefined ? null : networkSizeOf(Buffer.from(modelJson).toString('utf8')),
    },
    dataset: { name: judgedOn?.name ?? 'unknown', split: VALIDATION_SPLIT, unreadable: 0 },
    buckets,
    groupNames: groupNames ?? knownGroupNames(judged),
    history,
  });
  return (version) => ({ ...figures, model: { ...figures.model, version } });
}
