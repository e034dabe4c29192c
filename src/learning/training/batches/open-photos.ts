import type { FaceFraming } from '../../dataset/face-framing.ts';
import type { OpenFeedback } from '../../dataset/open-feedback.ts';
import { summarizeDataset } from '../../dataset/dataset-summary.ts';
import { readDataset, readFeedback, type DatasetOptions } from '../../dataset/read-dataset.ts';
import type { FeedbackValidation } from '../publication/feedback-figures.ts';
import { openNegatives, type Negatives } from './negatives.ts';
import type { PhotoSet } from './photo-set.ts';
import { describeSelection, selectPhotos, type PhotoSelection } from './select-photos.ts';
import {
  openSources,
  type OpenSource,
  type SourcesReporter,
  type TrainingSource,
} from './training-sources.ts';
import {
  feedbackValidationOf,
  trainingSet,
  validationOf,
  type PhotoParts,
  type PhotoWeights,
  type ValidationPart,
} from './training-set.ts';

const TUNING_SHARE = 0.1;

/** The locations of the photos of a run, and how they are split. */
export interface PhotosOptions extends Pick<
  DatasetOptions,
  'cache' | 'valShare' | 'maxUnreadable' | 'keepWithoutFace' | 'groups'
> {
  /** One or more. */
  sources: readonly TrainingSource[];
  /** Pictures without faces, from which a network with a second output learns what is no face. */
  negatives?: string | undefined;
  /** What they may be used for; undefined if that is not known. */
  negativesLicense?: string | undefined;
  /** Compares settings: a tenth of the training photos validates instead of the validation photos. */
  tuning: boolean;
  /** A feedback store whose accepted photos are trained on as well. */
  feedback?: string | undefined;
  /** What its photos may be used for; undefined if that is not known. */
  feedbackLicense?: string | undefined;
  /** Labeled photos that are never trained on, wherever else they occur. */
  holdOut: readonly string[];
}

/** How the photos of a run become the inputs of the network, and how much each counts. */
export interface PhotosUse {
  recipe: PhotoWeights;
  /** How faces are found and aligned; undefined takes each photo for the framed face. */
  framing: FaceFraming | undefined;
}

/** The photos of a run. */
export interface TrainingPhotos extends ValidationPart {
  sources: readonly OpenSource[];
  /** Training photos of the sources and the feedback, and pictures without faces. */
  train: PhotoSet;
  validationSplit: string;
  /** Undefined if there is no feedback. */
  feedbackValidation: FeedbackValidation | undefined;
  negatives: Negatives | undefined;
  /** How the faces were found. */
  framing: FaceFraming | undefined;
  selection: PhotoSelection;
  /** Removes what was cached for this run only. */
  close: () => Promise<void>;
}

/**
 * Opens the data sets and the feedback, caches photos that are not cached yet, and logs a summary.
 * @throws Error if there are no training photos or no validation photos
 */
export async function openPhotos(
  options: PhotosOptions,
  use: PhotosUse,
  reporter: SourcesReporter,
): Promise<TrainingPhotos> {
  const framing = use.framing && { ...use.framing, surroundings: true };
  const tuningShare = options.tuning ? TUNING_SHARE : 0;
  const reading = { ...options, tuningShare, framing };
  const negatives = await negativesOf(options, { ...use, framing }, reporter.log);
  const sources = await openSources(options.sources, reading, reporter);
  const heldOut = await readHeldOut(options, reporter.log);
  const { dataset: feedback, close } = await openFeedbackOf(options, framing, reporter.log);
  try {
    const validationSplit = options.tuning ? 'tuning' : 'val';
    const selection = selectPhotos({
      datasets: sources.map(({ dataset }) => dataset),
      validationSplit,
      feedback,
      heldOut,
      settings: settingsOf({ sources, negatives, feedback }, { ...use, framing }),
    });
    reporter.log(describeSelection(selection, use.recipe.feedbackWeight));
    const parts = { sources, feedback, selection, negatives };
    return {
      ...{ sources, negatives, framing: use.framing, selection, validationSplit, close },
      train: trainingSet(parts, use.recipe),
      ...validationOf(sources, selection, validationSplit),
      feedbackValidation: feedback && feedbackValidationOf(feedback, selection),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Returns the content hashes of the photos that must not be used for training. */
async function readHeldOut(
  options: PhotosOptions,
  log: SourcesReporter['log'],
): Promise<Set<string>> {
  const contents = new Set<string>();
  for (const data of options.holdOut) {
    const set = await readDataset({ ...options, data });
    for (const photo of set.photos) contents.add(set.hashOf(photo));
    log(`${set.location}: ${set.photos.length} photos are held out from training`);
  }
  return contents;
}

async function negativesOf(
  { negatives, cache, maxUnreadable }: PhotosOptions,
  { recipe, framing }: PhotosUse,
  log: SourcesReporter['log'],
): Promise<Negatives | undefined> {
  if (negatives === undefined) return undefined;
  if (recipe.negatives === null)
    throw new Error(
      'pictures without faces are of no use to a network without the second output: set "network": {"faceOutput": true} and "negatives": {} in the recipe, or leave out --negatives',
    );
  const opened = await openNegatives(negatives, { cache, maxUnreadable }, framing);
  const { pictures, mistakenForFaces } = opened.counts;
  log(
    `${negatives}: ${pictures} pictures without faces to train on; the detector finds a face in ${mistakenForFaces} of them`,
  );
  return opened;
}

async function openFeedbackOf(
  { feedback, cache }: PhotosOptions,
  framing: FaceFraming | undefined,
  log: SourcesReporter['log'],
): Promise<OpenFeedback> {
  const none = { dataset: undefined, close: () => Promise.resolve() };
  if (feedback === undefined) return none;
  const opened = await readFeedback(feedback, cache, framing);
  log(
    opened.dataset === undefined
      ? `${feedback}: no feedback has been accepted yet`
      : summarizeDataset(opened.dataset),
  );
  return opened;
}

/** What the fingerprint covers besides the photos; undefined where everything is at its default. */
function settingsOf(
  { sources, negatives, feedback }: Omit<PhotoParts, 'selection'>,
  { recipe, framing }: PhotosUse,
): string | undefined {
  const weights = sources.map(({ weight }) => weight);
  const settings = {
    ...(weights.some((weight) => weight !== 1) && { weights }),
    ...(feedback !== undefined && { feedbackWeight: recipe.feedbackWeight }),
    ...(negatives !== undefined && { negatives: negatives.fingerprint }),
    ...(framing !== undefined && { detector: framing.detectorSha256, points: framing.points }),
  };
  return Object.keys(settings).length === 0 ? undefined : JSON.stringify(settings);
}
