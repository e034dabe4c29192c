import { readTrainingPhotos, TrainingPhotos as TrainedOn } from '../../dataset/training-photos.ts';
import type { TensorFlow } from '../../../inference/engine/tensorflow-runtime.ts';
import { architectureOf } from '../../networks/architectures.ts';
import { defaultPreprocessSpec as preprocess } from '../../../inference/preprocess/spec.ts';
import type { LocalArtifact, RegistryWriter } from '../../../registry/registry.ts';
import { describeDataset } from './dataset-description.ts';
import type { Recipe } from '../recipe.ts';
import type { TrainedModel } from '../trainer.ts';
import type { WrittenVersion } from './network-publication.ts';
import { writeVersion } from './version-writer.ts';
import { gitCommit } from '../../../common/program-version.ts';
import type { TrainingPhotos } from '../batches/training-photos.ts';

/** What a trained version records about itself. */
export interface TrainedParts {
  /** The model's name and what its weights may be used for. */
  options: { name: string; license: string };
  recipe: Recipe;
  photos: TrainingPhotos;
  origin: {
    /** The version that it was initialized from (warm start); null where it began with random weights. */
    parent: LocalArtifact | null;
    /** The retraining run, if it was one. */
    runId: string | undefined;
  };
}

/** Evaluates the trained network and publishes it as the next version. */
export async function writeTrained(
  tf: TensorFlow,
  registry: Pick<RegistryWriter, 'publish'>,
  { options, recipe, photos, origin }: TrainedParts,
  { model, history, trainedSeconds }: TrainedModel,
): Promise<WrittenVersion> {
  const { architecture, seed, feedbackWeight } = recipe;
  const { parent, runId } = origin;
  const durationSeconds = Math.round(trainedSeconds);
  return writeVersion(tf, registry, {
    model,
    answers: architectureOf(architecture).answers,
    preprocess,
    trainedOn: photos.train,
    validation: {
      photos: photos.validation,
      labelled: photos.labelled,
      fileAt: (index) => photos.dataset.fileOf(photos.labelled[index]!),
    },
    ...(photos.feedbackValidation && { feedback: photos.feedbackValidation }),
    history,
    trainingPhotos: await trainedOnBy(photos, parent),
    about: {
      name: options.name,
      parent: parent?.manifest.name === options.name ? parent.manifest.version : null,
      gitCommit: gitCommit(),
      architecture,
      license: options.license,
      dataset: describeDataset(photos.dataset, photos.validationSplit, {
        choice: photos.choice,
        feedbackWeight,
      }),
      training: { seed, recipe, durationSeconds, ...(runId !== undefined && { runId }) },
    },
  });
}

/** With a warm start, the weights have also learned from the photos of the parent. */
async function trainedOnBy(
  { choice }: TrainingPhotos,
  parent: LocalArtifact | null,
): Promise<TrainedOn> {
  const own = TrainedOn.of(choice.trainedOn);
  return parent === null ? own : own.with(await readTrainingPhotos(parent.directory));
}
