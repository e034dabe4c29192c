import type { tensorflow, TensorFlow } from '../../../inference/engine/tensorflow-runtime.ts';
import { decadeBuckets } from '../../../inference/head/buckets.ts';
import type { PreprocessSpec } from '../../../inference/preprocess/spec.ts';
import type { RegistryWriter } from '../../../registry/registry.ts';
import { TRAINING_PHOTOS_FILE, type TrainingPhotos } from '../../dataset/training-photo-list.ts';
import type { Architecture } from '../../networks/architecture.ts';
import { exportOnnx } from '../../onnx/export.ts';
import { plainHead } from '../validation.ts';
import {
  publishNetwork,
  type NetworkToPublish,
  type WrittenVersion,
} from './publish-network.ts';

/** What `model.save` hands to its handler; the package does not export the type. */
type SavedModel = Parameters<Parameters<TensorFlow['io']['withSaveHandler']>[0]>[0];

const OUTPUT_NAMES = {
  'age-distribution': 'age_distribution',
  decades: 'bucket_probabilities',
} as const satisfies Record<Architecture['answers'], string>;

/** The files that hold a network: for TensorFlow `model.json` and `weights.bin`, for onnxruntime `model.onnx`. */
export async function modelFiles(
  tf: TensorFlow,
  model: tensorflow.LayersModel,
  answers: Architecture['answers'],
): Promise<Map<string, Uint8Array>> {
  const saved = await saveArtifacts(tf, model);
  const { modelTopology, weightSpecs } = saved;
  const weights = new Uint8Array(saved.weightData as ArrayBuffer);
  const description = {
    modelTopology,
    format: 'layers-model',
    generatedBy: saved.generatedBy,
    convertedBy: null,
    weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
  };
  return new Map<string, Uint8Array>([
    ['model.json', Buffer.from(JSON.stringify(description))],
    ['weights.bin', weights],
    [
      'model.onnx',
      exportOnnx(
        { modelTopology: modelTopology, weightSpecs: weightSpecs!, weightData: weights },
        { outputName: OUTPUT_NAMES[answers] },
      ),
    ],
  ]);
}

async function saveArtifacts(tf: TensorFlow, model: tensorflow.LayersModel): Promise<SavedModel> {
  const holder: { artifacts?: SavedModel } = {};
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      holder.artifacts = artifacts;
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' },
      });
    }),
  );
  return holder.artifacts!;
}

/** A trained network and what its manifest will say of it. */
export interface TrainedNetwork extends Pick<
  NetworkToPublish,
  'validation' | 'trainedOn' | 'feedback' | 'history' | 'groupNames'
> {
  model: tensorflow.LayersModel;
  answers: Architecture['answers'];
  preprocess: PreprocessSpec;
  /** All photos that the weights were fitted to; the version does not say by default. */
  trainingPhotos?: TrainingPhotos;
  about: Omit<NetworkToPublish['about'], 'engines' | 'preprocess' | 'buckets'>;
}

/** Exports a network for both engines and publishes it as the next version. */
export async function writeVersion(
  tf: TensorFlow,
  registry: Pick<RegistryWriter, 'publish'>,
  { model, answers, preprocess, trainingPhotos, about, ...rest }: TrainedNetwork,
): Promise<WrittenVersion> {
  return publishNetwork(registry, {
    ...rest,
    files: new Map([
      ...(await modelFiles(tf, model, answers)),
      ...trainingPhotosFile(trainingPhotos),
    ]),
    uncalibrated: plainHead(answers),
    about: {
      ...about,
      engines: ['onnxruntime', 'tensorflow'],
      preprocess,
      buckets: [...decadeBuckets],
    },
  });
}

function trainingPhotosFile(photos: TrainingPhotos | undefined): [string, Uint8Array][] {
  return photos === undefined ? [] : [[TRAINING_PHOTOS_FILE, photos.toBytes()]];
}
