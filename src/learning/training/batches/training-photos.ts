import type { Dataset } from '../../dataset/dataset.ts';
import type { DatasetPhoto } from '../../dataset/dataset-photo.ts';
import type { OpenFeedback } from '../../dataset/open-feedback.ts';
import { describeSummary } from '../../dataset/open-dataset.ts';
import type { FeedbackValidation } from '../publication/feedback-figures.ts';
import { choosePhotos, type PhotoChoice } from './photo-choice.ts';
import { createPhotoSet, joinPhotoSets, type PhotoSet } from './photo-set.ts';
import { readDataset, readFeedback, type DatasetOptions } from '../../dataset/read-dataset.ts';

const TUNING_SHARE = 0.1;

/** Where the photos of a run are, and how they are split. */
export interface PhotosOptions extends Pick<
  DatasetOptions,
  'data' | 'cache' | 'valShare' | 'maxUnreadable'
> {
  /** Compares settings: a tenth of the training photos validates instead of the validation photos. */
  tuning: boolean;
  /** A feedback store whose accepted photos are trained on as well. */
  feedback?: string | undefined;
  /** Labeled photos that are never trained on, wherever else they occur. */
  holdOut: readonly string[];
}

/** Where opening photos tells of itself. */
export interface PhotosReporter {
  tell: (text: string) => void;
  /** How many of the data set's photos that are not in the cache yet are done. */
  onProgress?: (done: number, total: number) => void;
}

/** The photos of a run. */
export interface TrainingPhotos {
  dataset: Dataset;
  /** Of the data set and the feedback. */
  train: PhotoSet;
  validation: PhotoSet;
  /** The validation photos, in the set's order. */
  labelled: readonly DatasetPhoto[];
  validationSplit: string;
  /** Undefined where there is no feedback. */
  feedbackValidation: FeedbackValidation | undefined;
  choice: PhotoChoice;
  /** Removes what is cached for this run alone. */
  close: () => Promise<void>;
}

/**
 * Opens the data set and the feedback, caches what is not cached yet and says what was found.
 * @param feedbackWeight how much a photo of feedback counts
 * @throws Error where there is nothing to train on or to validate with
 */
export async function openPhotos(
  options: PhotosOptions,
  feedbackWeight: number,
  { tell, onProgress }: PhotosReporter,
): Promise<TrainingPhotos> {
  const tuningShare = options.tuning ? TUNING_SHARE : 0;
  const dataset = await readDataset({ ...options, tuningShare }, onProgress);
  tell(describeSummary(dataset));
  const heldOut = await readHeldOut(options, tell);
  const { dataset: feedback, close } = await openFeedbackOf(options, tell);
  try {
    const choice = choosePhotos({ dataset, feedback, heldOut });
    tell(tellChoice(choice, feedbackWeight));
    return {
      dataset,
      train: trainingSet(dataset, feedback, choice, feedbackWeight),
      ...validationOf(options, dataset),
      feedbackValidation: feedback && feedbackValidationOf(feedback, choice),
      choice,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The contents of the photos that must not be trained on. */
async function readHeldOut(
  options: PhotosOptions,
  tell: PhotosReporter['tell'],
): Promise<Set<string>> {
  const contents = new Set<string>();
  for (const data of options.holdOut) {
    const set = await readDataset({ ...options, data });
    for (const photo of set.photos) contents.add(set.hashOf(photo));
    tell(`${set.location}: ${set.photos.length} photos are held out`);
  }
  return contents;
}

async function openFeedbackOf(
  { feedback, cache }: PhotosOptions,
  tell: PhotosReporter['tell'],
): Promise<OpenFeedback> {
  const none = { dataset: undefined, close: () => Promise.resolve() };
  if (feedback === undefined) return none;
  const opened = await readFeedback(feedback, cache);
  tell(
    opened.dataset === undefined
      ? `${feedback}: no feedback is accepted yet`
      : describeSummary(opened.dataset),
  );
  return opened;
}

function tellChoice(choice: PhotoChoice, feedbackWeight: number): string {
  const { train, heldOut, feedback, feedbackValidation, feedbackLeftOut } = choice;
  const counts: [number, string][] = [
    [heldOut, 'of the data left out, being held out'],
    [feedback.length, `of feedback, with weight ${feedbackWeight}`],
    [feedbackValidation.length, 'of feedback that only judge'],
    [feedbackLeftOut, 'of feedback left out, being in the data or held out'],
  ];
  const reporter = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [`training photos: ${train.length} of the data`, ...reporter].join(', ');
}

function trainingSet(
  dataset: Dataset,
  feedback: Dataset | undefined,
  choice: PhotoChoice,
  feedbackWeight: number,
): PhotoSet {
  const own = createPhotoSet(dataset, choice.train);
  if (own.count === 0)
    throw new Error(
      `${dataset.location} has no photos in split "train"; check its split column or folders, and --val-share`,
    );
  if (feedback === undefined) return own;
  return joinPhotoSets(own, createPhotoSet(feedback, choice.feedback, feedbackWeight));
}

function validationOf({ tuning }: PhotosOptions, dataset: Dataset) {
  const validationSplit = tuning ? 'tuning' : 'val';
  const labelled = dataset.photosOf(validationSplit);
  if (labelled.length === 0)
    throw new Error(
      `${dataset.location} has no photos in split "${validationSplit}"; check its split column or folders, and --val-share`,
    );
  return { validation: createPhotoSet(dataset, labelled), labelled, validationSplit };
}

function feedbackValidationOf(
  feedback: Dataset,
  { feedbackValidation: labelled }: PhotoChoice,
): FeedbackValidation {
  return { photos: createPhotoSet(feedback, labelled), labelled };
}
