import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DatasetPhoto } from '../dataset/dataset-photo.ts';
import type { EngineModel } from '../engine/engine.ts';
import { createOnnxEngine } from '../engine/onnx-engine.ts';
import type { tensorflow, TensorFlow } from '../engine/tensorflow-runtime.ts';
import { groupedFigures, type GroupedFigures } from '../evaluation/grouped-figures.ts';
import { createAgeHead, type AgeHeadSpec } from '../network/age-head.ts';
import { decadeBuckets } from '../network/buckets.ts';
import type { PreprocessSpec } from '../preprocess/spec.ts';
import { nextVersion, writeArtifact } from '../registry/artifact-writer.ts';
import { SCHEMA_VERSION, type Manifest } from '../registry/manifest.ts';
import { calibrate } from './calibration.ts';
import { goldenSamples } from './golden-samples.ts';
import { modelFiles } from './model-files.ts';
import { answersOf } from './network-answers.ts';
import type { PhotoSet } from './photo-set.ts';
import { AGE_COUNT } from './targets.ts';

/** A trained network and what its manifest will say of it. */
export interface TrainedNetwork {
  model: tensorflow.LayersModel;
  validation: { photos: PhotoSet; labelled: readonly Pick<DatasetPhoto, 'groups'>[] };
  preprocess: PreprocessSpec;
  about: Pick<
    Manifest,
    'name' | 'parent' | 'gitCommit' | 'architecture' | 'dataset' | 'training' | 'license'
  >;
}

export interface WrittenVersion {
  version: number;
  folder: string;
  figures: GroupedFigures;
  head: AgeHeadSpec;
}

/** Exports a network, calibrates and judges it through the engine that serves, and writes it as the next version. */
export async function writeVersion(
  tf: TensorFlow,
  root: string,
  trained: TrainedNetwork,
): Promise<WrittenVersion> {
  const files = await modelFiles(tf, trained.model);
  const { head, figures, golden } = await withServingNetwork(
    files.get('model.onnx')!,
    trained.preprocess,
    async (network) => {
      const judged = await judge(network, trained.validation);
      return { ...judged, golden: await goldenSamples(network, trained.preprocess) };
    },
  );
  files.set('metrics.json', Buffer.from(`${JSON.stringify({ validation: figures }, null, 2)}\n`));
  const version = await nextVersion(root, trained.about.name);
  const folder = await writeArtifact(root, files, {
    ...trained.about,
    schemaVersion: SCHEMA_VERSION,
    version,
    createdAt: new Date().toISOString(),
    engines: ['onnxruntime', 'tensorflow'],
    preprocess: trained.preprocess,
    head,
    buckets: [...decadeBuckets],
    golden,
    metrics: figures.all,
    reference: {},
  });
  return { version, folder, figures, head };
}

async function judge(network: EngineModel, { photos, labelled }: TrainedNetwork['validation']) {
  const outputs = await answersOf(network, photos);
  const answered = outputs.map((output, index) => ({ age: photos.ages[index]!, output }));
  const head = calibrate(answered, decadeBuckets);
  const ageHead = createAgeHead(head, decadeBuckets);
  const judged = answered.map(({ age, output }, index) => ({
    age,
    estimate: ageHead.interpret(output),
    groups: labelled[index]!.groups,
  }));
  return { head, figures: groupedFigures(judged, decadeBuckets) };
}

/** Loads the exported graph from a temporary folder for as long as `use` runs. */
async function withServingNetwork<Result>(
  graph: Uint8Array,
  { width, height, mean, std }: PreprocessSpec,
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
      outputLength: AGE_COUNT,
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
