import type { Dataset, DatasetPhoto } from '../../dataset/dataset.ts';
import type { OpenFeedback } from '../../dataset/open-feedback.ts';
import { summarizeDataset } from '../../dataset/dataset-summary.ts';
import type { FeedbackValidation } from '../publication/feedback-figures.ts';
import { createPhotoSet, joinPhotoSets, type PhotoSet } from './photo-set.ts';
import { selectPhotos, type PhotoSelection } from './select-photos.ts';

import { readDataset, readFeedback, type DatasetOptions } from '../../dataset/read-dataset.ts';

const TUNING_SHARE = 0.1;

/** The locations of the photos of a run, and how they are split. */
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

/** Receives log messages and the progress of caching. */
export interface PhotosReporter {
  log: (text: string) => void;
  /** Receives the progress of caching the dataset's photos that were not in the cache yet. */
  onProgress?: (done: number, total: number) => void;
}

/** The photos of a run. */
export interface TrainingPhotos {
  dataset: Dataset;
  /** Training photos of the dataset and the feedback. */
  train: PhotoSet;
  validation: PhotoSet;
  /** The validation photos, in the same order as `validation`. */
  labeled: readonly DatasetPhoto[];
  validationSplit: string;
  /** Undefined if there is no feedback. */
  feedbackValidation: FeedbackValidation | undefined;
  selection: PhotoSelection;
  /** Removes what was cached for this run only. */
  close: () => Promise<void>;
}

/**
 * Opens the dataset and the feedback, caches photos that are not cached yet, and logs a summary.
 * @param feedbackWeight weight of a feedback photo in the loss
 * @throws Error if there are no training photos or no validation photos
 */
export async function openPhotos(
  options: PhotosOptions,
  feedbackWeight: number,
  { log, onProgress }: PhotosReporter,
): Promise<TrainingPhotos> {
  const tuningShare = options.tuning ? TUNING_SHARE : 0;
  const dataset = await readDataset({ ...options, tuningShare }, onProgress);
  log(summarizeDataset(dataset));
  const heldOut = await readHeldOut(options, log);
  const { dataset: feedback, close } = await openFeedbackOf(options, log);
  try {
    const selection = selectPhotos({ dataset, feedback, heldOut });
    log(describeSelection(selection, feedbackWeight));
    return {
      dataset,
      train: trainingSet(dataset, feedback, selection, feedbackWeight),
      ...validationOf(options, dataset),
      feedbackValidation: feedback && feedbackValidationOf(feedback, selection),
      selection,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Returns the content hashes of the photos that must not be used for training. */
async function readHeldOut(
  options: PhotosOptions,
  log: PhotosReporter['log'],
): Promise<Set<string>> {
  const contents = new Set<string>();
  for (const data of options.holdOut) {
    const set = await readDataset({ ...options, data });
    for (const photo of set.photos) contents.add(set.hashOf(photo));
    log(`${set.location}: ${set.photos.length} photos are held out from training`);
  }
  return contents;
}

async function openFeedbackOf(
  { feedback, cache }: PhotosOptions,
  log: PhotosReporter['log'],
): Promise<OpenFeedback> {
  const none = { dataset: undefined, close: () => Promise.resolve() };
  if (feedback === undefined) return none;
  const opened = await readFeedback(feedback, cache);
  log(
    opened.dataset === undefined
      ? `${feedback}: no feedback has been accepted yet`
      : summarizeDataset(opened.dataset),
  );
  return opened;
}

function describeSelection(selection: PhotoSelection, feedbackWeight: number): string {
  const { train, heldOut, feedback, feedbackValidation, feedbackLeftOut } = selection;
  const counts: [number, string][] = [
    [heldOut, 'skipped because they are held out'],
    [feedback.length, `from feedback with weight ${feedbackWeight}`],
    [feedbackValidation.length, 'from feedback for validation only'],
    [feedbackLeftOut, 'from feedback skipped because they are in the dataset or held out'],
  ];
  const others = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [`training photos: ${train.length} from the dataset`, ...others].join(', ');
}

function trainingSet(
  dataset: Dataset,
  feedback: Dataset | undefined,
  selection: PhotoSelection,
  feedbackWeight: number,
): PhotoSet {
  const own = createPhotoSet(dataset, selection.train);
  if (own.count === 0)
    throw new Error(
      `${dataset.location} has no photos in the split "train"; check its split column or folders, and --val-share`,
    );
  if (feedback === undefined) return own;
  return joinPhotoSets(own, createPhotoSet(feedback, selection.feedback, feedbackWeight));
}

function validationOf({ tuning }: PhotosOptions, dataset: Dataset) {
  const validationSplit = tuning ? 'tuning' : 'val';
  const labeled = dataset.photosOf(validationSplit);
  if (labeled.length === 0)
    throw new Error(
      `${dataset.location} has no photos in the split "${validationSplit}"; check its split column or folders, and --val-share`,
    );
  return { validation: createPhotoSet(dataset, labeled), labeled, validationSplit };
}

function feedbackValidationOf(
  feedback: Dataset,
  { feedbackValidation: labeled }: PhotoSelection,
): FeedbackValidation {
  return { photos: createPhotoSet(feedback, labeled), labeled };
}
