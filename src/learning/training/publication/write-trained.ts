import { gitCommit } from '../../../common/program-version.ts';
import type { tensorflow, TensorFlow } from '../../../inference/engine/tensorflow-runtime.ts';
import type { FaceOutput } from '../../../inference/head/face-output.ts';
import { decadeBuckets } from '../../../inference/head/buckets.ts';
import {
  defaultPreprocessSpec as preprocess,
  type PreprocessSpec,
} from '../../../inference/preprocess/spec.ts';
import type { Framing } from '../../../registry/framing.ts';
import type { Ingredient } from '../../../registry/manifest.ts';
import type { LocalArtifact, RegistryWriter } from '../../../registry/registry.ts';
import {
  readTrainingPhotos,
  TRAINING_PHOTOS_FILE,
  TrainingPhotoList,
} from '../../dataset/training-photo-list.ts';
import type { Architecture } from '../../networks/architecture.ts';
import { architectureOf } from '../../networks/architectures.ts';
import { exportOnnx } from '../../onnx/export.ts';
import type { TrainingPhotos } from '../batches/open-photos.ts';
import { hasFaceOutput, type Recipe } from '../recipe.ts';
import type { TrainedModel } from '../trainer.ts';
import { plainHead } from '../validation.ts';
import { describeDataset, listSources } from './dataset-description.ts';
import { publishNetwork, type NetworkToPublish, type WrittenVersion } from './publish-network.ts';

/** Until the threshold is chosen on the validation photos. */
const ANY_THRESHOLD: FaceOutput = { threshold: 0.5 };

/** Describes the training run for the manifest. */
export interface TrainedParts {
  /** The model's name and what its weights may be used for. */
  options: { name: string; license: string };
  recipe: Recipe;
  photos: TrainingPhotos;
  origin: {
    /** The version that the run was warm-started from; null for random weights. */
    parent: LocalArtifact | null;
    /** ID of the retraining run; undefined for a manual training run. */
    runId: string | undefined;
    /** How photos become its input. */
    framing: Framing;
    /** What shaped its weights besides labeled photos. */
    derivedFrom: readonly Ingredient[];
  };
  /** Below which face probability the version warns, if its network outputs one. By default it is chosen on the validation photos. */
  face?: FaceOutput | undefined;
}

/** Evaluates a trained model and publishes it as the next version. */
export async function writeTrained(
  tf: TensorFlow,
  registry: Pick<RegistryWriter, 'publish'>,
  parts: TrainedParts,
  { model, history, trainedSeconds }: TrainedModel,
): Promise<WrittenVersion> {
  const { recipe, photos, origin } = parts;
  return writeVersion(tf, registry, {
    model,
    answers: architectureOf(recipe.architecture).answers,
    preprocess,
    trainedOn: photos.train,
    validation: {
      photos: photos.validation,
      labeled: photos.labeled,
      fileAt: photos.fileAt,
      noFace: noFaceOf(photos),
    },
    ...(photos.feedbackValidation && { feedback: photos.feedbackValidation }),
    faces: photos.framing,
    ...(parts.face === undefined && { chooseFace: { negatives: photos.negatives?.validation } }),
    history,
    trainingPhotos: await trainingPhotoListOf(photos, origin.parent),
    about: aboutRun(parts, Math.round(trainedSeconds)),
  });
}

/** What the manifest says of the run. */
function aboutRun(
  { options, recipe, photos, origin, face }: TrainedParts,
  durationSeconds: number,
): TrainedNetwork['about'] {
  const { parent, runId, framing } = origin;
  const { architecture, seed, feedbackWeight } = recipe;
  const { selection, validationSplit } = photos;
  const sources = listSources(photos.sources, selection);
  // A feedback store may hold nothing that was accepted.
  const hasFeedback = selection.feedback.length > 0;
  const derivedFrom = origin.derivedFrom.filter(({ role }) => role !== 'feedback' || hasFeedback);
  return {
    name: options.name,
    parent: parent?.manifest.name === options.name ? parent.manifest.version : null,
    gitCommit: gitCommit(),
    architecture,
    license: options.license,
    framing,
    ...(hasFaceOutput(recipe) && { face: face ?? ANY_THRESHOLD }),
    ...(sources && { sources }),
    ...(derivedFrom.length > 0 && { derivedFrom }),
    dataset: describeDataset(photos.sources, validationSplit, { selection, feedbackWeight }),
    training: {
      ...{ seed, recipe, durationSeconds },
      fingerprint: selection.fingerprint,
      ...(runId !== undefined && { runId }),
    },
  };
}

/** How many validation photos were left out because no face was found; undefined if no faces were searched. */
function noFaceOf({ sources, framing, validationSplit }: TrainingPhotos): number | undefined {
  if (framing === undefined) return undefined;
  const missing = sources.map(({ dataset }) => dataset.withoutFaceOf(validationSplit).length);
  return missing.reduce((sum, count) => sum + count, 0);
}

/** After a warm start, the list includes the training photos of the parent. */
async function trainingPhotoListOf(
  { selection }: TrainingPhotos,
  parent: LocalArtifact | null,
): Promise<TrainingPhotoList> {
  const own = TrainingPhotoList.of(selection.trainedOn);
  return parent === null ? own : own.with(await readTrainingPhotos(parent.directory));
}

/** The artifacts that `model.save` passes to its handler; the package does not export the type. */
type SavedModel = Parameters<Parameters<TensorFlow['io']['withSaveHandler']>[0]>[0];

const OUTPUT_NAMES = {
  'age-distribution': 'age_distribution',
  decades: 'bucket_probabilities',
} as const satisfies Record<Architecture['answers'], string>;

/** Returns the files of a network: `model.json` and `weights.bin` for TensorFlow, `model.onnx` for onnxruntime. */
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
        { modelTopology, weightSpecs: weightSpecs!, weightData: weights },
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

/** A trained network and its description for the manifest. */
export interface TrainedNetwork extends Pick<
  NetworkToPublish,
  'validation' | 'trainedOn' | 'feedback' | 'faces' | 'chooseFace' | 'history' | 'groupNames'
> {
  model: tensorflow.LayersModel;
  answers: Architecture['answers'];
  preprocess: PreprocessSpec;
  /** All photos that the network was trained on; by default, the version has no list. */
  trainingPhotos?: TrainingPhotoList;
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

function trainingPhotosFile(list: TrainingPhotoList | undefined): [string, Uint8Array][] {
  return list === undefined ? [] : [[TRAINING_PHOTOS_FILE, list.toBytes()]];
}
