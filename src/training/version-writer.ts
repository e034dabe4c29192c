import { TRAINING_PHOTOS_FILE, type TrainingPhotos } from '../dataset/training-photos.ts';
import type { tensorflow, TensorFlow } from '../inference/engine/tensorflow-runtime.ts';
import type { Architecture } from '../network/architectures/architecture.ts';
import { decadeBuckets } from '../inference/head/buckets.ts';
import type { PreprocessSpec } from '../inference/preprocess/spec.ts';
import type { RegistryWriter } from '../registry/registry.ts';
import { modelFiles } from './model-files.ts';
import {
  publishNetwork,
  type NetworkToPublish,
  type WrittenVersion,
} from './network-publication.ts';
import { plainHead } from './validation.ts';

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
