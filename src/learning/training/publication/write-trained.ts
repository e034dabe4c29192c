import { readTrainingPhotos, TrainingPhotos as TrainedOn } from '../../dataset/training-photo-list.ts';
import type { TensorFlow } from '../../../inference/engine/tensorflow-runtime.ts';
import { architectureOf } from '../../networks/architectures.ts';
import { defaultPreprocessSpec as preprocess } from '../../../inference/preprocess/spec.ts';
import type { LocalArtifact, RegistryWriter } from '../../../registry/registry.ts';
import { describeDataset } from './dataset-description.ts';
import type { Recipe } from '../recipe.ts';
import type { TrainedModel } from '../trainer.ts';
import type { WrittenVersion } from './publish-network.ts';
import { writeVersion } from './version-writer.ts';
import { gitCommit } from '../../../common/program-version.ts';
import type { TrainingPhotos } from '../batches/open-photos.ts';
import type { TrainingOptions } from '../train-options.ts';

/** What a version that was trained says of itself. */
export interface TrainedParts {
  options: Pick<TrainingOptions, 'name' | 'license'>;
  recipe: Recipe;
  photos: TrainingPhotos;
  origin: {
    /** The version that it went on from; null where it began with random weights. */
    parent: LocalArtifact | null;
    /** Of the retraining, if it was one. */
    runId: string | undefined;
  };
}

/** Judges what was trained and publishes it as the next version. */
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

/** The weights know the photos of the version that they went on from, too. */
async function trainedOnBy(
  { choice }: TrainingPhotos,
  parent: LocalArtifact | null,
): Promise<TrainedOn> {
  const own = TrainedOn.of(choice.trainedOn);
  return parent === null ? own : own.with(await readTrainingPhotos(parent.directory));
}
