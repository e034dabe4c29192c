import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DatasetPhoto } from '../dataset/dataset-photo.ts';
import { TRAINING_PHOTOS_FILE, type TrainingPhotos } from '../dataset/training-photos.ts';
import type { EngineArtifact, EngineModel } from '../engine/engine.ts';
import { createOnnxEngine } from '../engine/onnx-engine.ts';
import type { tensorflow, TensorFlow } from '../engine/tensorflow-runtime.ts';
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
import type { Architecture } from '../network/architectures/architecture.ts';
import { createAgeHead, type AgeHeadSpec } from '../network/age-head.ts';
import { decadeBuckets } from '../network/buckets.ts';
import { networkSizeOf } from '../network/network-size.ts';
import type { PreprocessSpec } from '../preprocess/spec.ts';
import { SCHEMA_VERSION, type Manifest } from '../registry/manifest.ts';
import type { RegistryWriter } from '../registry/registry.ts';
import { calibrate } from './calibration.ts';
import {
  feedbackFigures,
  type FeedbackFigures,
  type FeedbackValidation,
} from './feedback-figures.ts';
import { goldenSamples } from './golden-samples.ts';
import { modelFiles } from './model-files.ts';
import { answersOf } from './network-answers.ts';
import type { PhotoSet } from './photo-set.ts';
import { targetsFor } from './targets.ts';
import { plainHead } from './validation.ts';

/** The split that calibrates and judges. */
const VALIDATION_SPLIT = 'val';

/** A trained network and what its manifest will say of it. */
export interface TrainedNetwork {
  model: tensorflow.LayersModel;
  answers: Architecture['answers'];
  validation: { photos: PhotoSet; labelled: readonly Pick<DatasetPhoto, 'age' | 'groups'>[] };
  /** Judged separately; none by default. */
  feedback?: FeedbackValidation;
  preprocess: PreprocessSpec;
  about: Pick<
    Manifest,
    'name' | 'parent' | 'gitCommit' | 'architecture' | 'dataset' | 'training' | 'license'
  >;
  /** One entry an epoch, for the report's training curves; none by default. */
  history?: readonly TrainingEpoch[];
  /** All photos that the weights were fitted to; the version does not say by default. */
  trainingPhotos?: TrainingPhotos;
  /** Names of the groups' codes; by default those of the code book that the labels follow. */
  groupNames?: GroupNames;
}

export interface WrittenVersion {
  version: number;
  figures: MetricsFile;
  /** Of the feedback, where there was any to judge by. */
  feedback: FeedbackFigures | undefined;
  head: AgeHeadSpec;
}

/**
 * Exports a network, calibrates and judges it through the engine that serves, and publishes it as the next version,
 * with its figures, report and card.
 */
export async function writeVersion(
  tf: TensorFlow,
  registry: Pick<RegistryWriter, 'publish'>,
  trained: TrainedNetwork,
): Promise<WrittenVersion> {
  const files = await modelFiles(tf, trained.model, trained.answers);
  const { head, judged, golden, feedback } = await withServingNetwork(
    files.get('model.onnx')!,
    { ...trained.preprocess, outputLength: targetsFor(trained.answers).width },
    async (network) => ({
      ...(await judge(network, trained)),
      golden: await goldenSamples(network, trained.preprocess),
    }),
  );
  const described = { ...trained.about, ...describe(trained.preprocess, head) };
  const figuresAt = figuresOf(described, trained, judged, files);
  const version = await registry.publish({
    name: trained.about.name,
    at: async (number) => {
      const figures = figuresAt(number);
      const model = { ...described, metrics: { ...manifestMetrics(figures), ...feedback } };
      const results = await resultFiles({ ...model, version: number }, figures);
      const learnt = trainingPhotosFile(trained);
      return { manifest: { ...model, golden }, files: new Map([...files, ...results, ...learnt]) };
    },
  });
  return { version, figures: figuresAt(version), feedback, head };
}

function trainingPhotosFile({
  trainingPhotos,
}: Pick<TrainedNetwork, 'trainingPhotos'>): [string, Uint8Array][] {
  return trainingPhotos === undefined ? [] : [[TRAINING_PHOTOS_FILE, trainingPhotos.toBytes()]];
}

function describe(preprocess: PreprocessSpec, head: AgeHeadSpec) {
  return {
    schemaVersion: SCHEMA_VERSION,
    createdAt: new Date().toISOString(),
    engines: ['onnxruntime', 'tensorflow'],
    preprocess,
    head,
    buckets: [...decadeBuckets],
    reference: {},
  } satisfies Partial<Manifest>;
}

/** The figures of the version that gets a number. */
function figuresOf(
  described: Pick<Manifest, 'name' | 'architecture' | 'createdAt' | 'dataset' | 'head'>,
  { history = [], groupNames }: TrainedNetwork,
  judged: readonly JudgedPhoto[],
  files: ReadonlyMap<string, Uint8Array>,
): (version: number) => MetricsFile {
  const { name, architecture, createdAt, dataset, head } = described;
  const modelJson = Buffer.from(files.get('model.json')!).toString('utf8');
  const figures = measure(judged, {
    createdAt,
    model: {
      name,
      version: 1,
      architecture,
      head: head.kind,
      engine: 'onnxruntime',
      device: 'cpu',
      size: networkSizeOf(modelJson),
    },
    dataset: { name: dataset?.name ?? 'unknown', split: VALIDATION_SPLIT, unreadable: 0 },
    buckets: decadeBuckets,
    groupNames: groupNames ?? knownGroupNames(judged),
    history,
  });
  return (version) => ({ ...figures, model: { ...figures.model, version } });
}

async function judge(
  network: EngineModel,
  {
    answers,
    validation: { photos, labelled },
    feedback,
  }: Pick<TrainedNetwork, 'answers' | 'validation' | 'feedback'>,
) {
  const outputs = await answersOf(network, photos);
  const answered = outputs.map((output, index) => ({ age: labelled[index]!.age, output }));
  const head = answers === 'decades' ? plainHead(answers) : calibrate(answered, decadeBuckets);
  const ageHead = createAgeHead(head, decadeBuckets);
  const judged = answered.map(({ age, output }, index) => ({
    age,
    estimate: ageHead.interpret(output),
    groups: labelled[index]!.groups,
  }));
  return {
    head,
    judged,
    feedback: feedback && (await feedbackFigures(network, ageHead, feedback)),
  };
}

/** Loads the exported graph from a temporary folder for as long as `use` runs. */
async function withServingNetwork<Result>(
  graph: Uint8Array,
  { width, height, mean, std, outputLength }: Omit<EngineArtifact, 'directory'>,
  use: (network: EngineModel) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), 'face-age-'));
  try {
    await writeFile(path.join(directory, 'model.onnx'), graph);
    const engine = createOnnxEngine({ threads: 0 });
    const network = await engine.load({
      directory,
      width,
      height,
      mean,
      std,
      outputLength,
    });
    try {
      return await use(network);
    } finally {
      await network.dispose();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
