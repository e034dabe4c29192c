import { exactAge } from '../../dataset/age-range.ts';
import type { Dataset, DatasetPhoto } from '../../dataset/dataset.ts';
import type { FeedbackValidation } from '../publication/feedback-figures.ts';
import type { Recipe } from '../recipe.ts';
import { balanceAges } from './ages/balance.ts';
import type { Negatives } from './negatives.ts';
import { createPhotoSet, joinPhotoSets, repeatPhotos, type PhotoSet } from './photo-set.ts';
import type { PhotoSelection } from './select-photos.ts';
import { withSource, type OpenSource } from './training-sources.ts';

/** The settings of a recipe that say how much each photo counts. */
export type PhotoWeights = Pick<Recipe, 'feedbackWeight' | 'rangeWeight' | 'balance' | 'negatives'>;

/** What the photos of a run are taken from. */
export interface PhotoParts {
  sources: readonly OpenSource[];
  feedback: Dataset | undefined;
  negatives: Negatives | undefined;
  selection: PhotoSelection;
}

/**
 * The training photos of all sources and of the feedback, and pictures without faces.
 * @throws Error if there are no training photos
 */
export function trainingSet(
  { sources, feedback, selection, negatives }: PhotoParts,
  recipe: PhotoWeights,
): PhotoSet {
  const sets = sources.map(({ dataset, weight }, index) =>
    weighted(dataset, selection.train[index]!, weight, recipe.rangeWeight),
  );
  const own = sets.reduce(joinPhotoSets);
  if (own.count === 0)
    throw new Error(
      `${locationsOf(sources)} has no photos in the split "train"; check its split column or folders, and --val-share`,
    );
  const labeled =
    feedback === undefined
      ? own
      : joinPhotoSets(
          own,
          weighted(feedback, selection.feedback, recipe.feedbackWeight, recipe.rangeWeight),
        );
  const faces = balanceAges(labeled, recipe.balance);
  if (negatives === undefined || recipe.negatives === null) return faces;
  const { share } = recipe.negatives;
  const count = Math.round((faces.count * share) / (1 - share));
  return joinPhotoSets(faces, repeatPhotos(negatives.train, count));
}

/** A photo of which only a range of ages is known counts `rangeWeight` times as much as one whose age is known exactly. */
function weighted(
  dataset: Dataset,
  photos: readonly DatasetPhoto[],
  weight: number,
  rangeWeight: number,
): PhotoSet {
  const set = createPhotoSet(dataset, photos, weight);
  photos.forEach(({ age }, index) => {
    if (exactAge(age) === undefined) set.weights[index] = weight * rangeWeight;
  });
  return set;
}

export interface ValidationPart {
  validation: PhotoSet;
  /** In the same order as `validation`. */
  labeled: readonly DatasetPhoto[];
  /** Reads the file of a photo by its index. */
  fileAt: (index: number) => Promise<Buffer<ArrayBuffer>>;
}

/**
 * The validation photos of all sources, in one order.
 * @throws Error if there are none
 */
export function validationOf(
  sources: readonly OpenSource[],
  { validation }: PhotoSelection,
  split: string,
): ValidationPart {
  const parts = sources.map((source, index) => ({
    source,
    photos: withSource(validation[index]!, source, sources),
  }));
  const owners = parts.flatMap(({ source, photos }) => photos.map(() => source));
  const labeled = parts.flatMap(({ photos }) => photos);
  if (labeled.length === 0)
    throw new Error(
      `${locationsOf(sources)} has no photos in the split "${split}"; check its split column or folders, and --val-share`,
    );
  return {
    validation: parts
      .map(({ source, photos }) => createPhotoSet(source.dataset, photos))
      .reduce(joinPhotoSets),
    labeled,
    fileAt: (index) => owners[index]!.dataset.fileOf(labeled[index]!),
  };
}

function locationsOf(sources: readonly OpenSource[]): string {
  return sources.map(({ dataset }) => dataset.location).join(' and ');
}

/** The feedback that is not trained on. */
export function feedbackValidationOf(
  feedback: Dataset,
  { feedbackValidation: labeled }: PhotoSelection,
): FeedbackValidation {
  return { photos: createPhotoSet(feedback, labeled), labeled };
}
