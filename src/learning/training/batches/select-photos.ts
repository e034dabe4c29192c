import type { Dataset } from '../../dataset/dataset.ts';
import type { DatasetPhoto } from '../../dataset/dataset-photo.ts';
import { fingerprintOf } from '../../dataset/fingerprint.ts';
import { inSlice } from '../../dataset/split.ts';

/** Feedback that is trained on, and feedback that only judges, as manifests name them. */
export const FEEDBACK_SPLIT = 'feedback';
export const FEEDBACK_VALIDATION_SPLIT = 'feedback-val';

/** Of the feedback; by content, so that a photo judges every version or none. */
const FEEDBACK_VALIDATION_SHARE = 0.2;
const TRAIN_SPLIT = 'train';
/** In fingerprints alone. */
const HELD_OUT_SPLIT = 'held-out';

type ChosenFrom = Pick<Dataset, 'photos' | 'hashOf'>;

export interface PhotoSources {
  dataset: ChosenFrom;
  feedback?: ChosenFrom | undefined;
  /** Contents, one character per byte, of photos that judge elsewhere: they are never trained on. */
  heldOut: ReadonlySet<string>;
}

/** Which photos a run trains on, and by which feedback it is judged besides. */
export interface PhotoChoice {
  /** Of the data set. */
  train: DatasetPhoto[];
  /** Photos of the data set's training split that are not trained on, being held out. */
  heldOut: number;
  /** Of the feedback, each of a content that is neither in the data set nor held out. */
  feedback: DatasetPhoto[];
  feedbackValidation: DatasetPhoto[];
  /** Feedback of which the content is in the data set or held out. */
  feedbackLeftOut: number;
  /** Contents of all that is trained on. */
  trainedOn: string[];
  /** Of all photos in their places, as a data set's; where there is only a data set, its own. */
  fingerprint: string;
}

/**
 * No content is in two places: what the data set has, it has in its own split and with its own age, whatever feedback
 * says; and what is held out is trained on from nowhere.
 */
export function choosePhotos({ dataset, feedback, heldOut }: PhotoSources): PhotoChoice {
  const contents = new Set<string>();
  const chosen = new Chosen();
  for (const photo of dataset.photos) {
    const content = dataset.hashOf(photo);
    contents.add(content);
    const isHeldOut = photo.split === TRAIN_SPLIT && heldOut.has(content);
    chosen.add(photo, content, isHeldOut ? HELD_OUT_SPLIT : photo.split);
  }
  let feedbackLeftOut = 0;
  for (const photo of feedback?.photos ?? []) {
    const content = feedback!.hashOf(photo);
    if (contents.has(content) || heldOut.has(content)) feedbackLeftOut++;
    else chosen.add(photo, content, feedbackSplitOf(content));
  }
  return {
    train: chosen.photosOf(TRAIN_SPLIT),
    heldOut: chosen.photosOf(HELD_OUT_SPLIT).length,
    feedback: chosen.photosOf(FEEDBACK_SPLIT),
    feedbackValidation: chosen.photosOf(FEEDBACK_VALIDATION_SPLIT),
    feedbackLeftOut,
    trainedOn: [...chosen.contentsOf(TRAIN_SPLIT), ...chosen.contentsOf(FEEDBACK_SPLIT)],
    fingerprint: chosen.fingerprint(),
  };
}

function feedbackSplitOf(content: string): string {
  return inSlice(FEEDBACK_VALIDATION_SPLIT, content, FEEDBACK_VALIDATION_SHARE)
    ? FEEDBACK_VALIDATION_SPLIT
    : FEEDBACK_SPLIT;
}

/** Photos of several sources with the splits that they get. */
class Chosen {
  readonly #all: { photo: DatasetPhoto; content: string; split: string }[] = [];

  add(photo: DatasetPhoto, content: string, split: string): void {
    this.#all.push({ photo, content, split });
  }

  photosOf(wanted: string): DatasetPhoto[] {
    return this.#all.flatMap(({ photo, split }) => (split === wanted ? [photo] : []));
  }

  contentsOf(wanted: string): string[] {
    return this.#all.flatMap(({ content, split }) => (split === wanted ? [content] : []));
  }

  fingerprint(): string {
    return fingerprintOf(
      this.#all.map(({ photo: { age }, split }, place) => ({ age, split, place })),
      (place) => this.#all[place]!.content,
    );
  }
}
