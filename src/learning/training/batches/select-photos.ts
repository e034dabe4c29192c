import { fingerprintOf, type Dataset, type DatasetPhoto } from '../../dataset/dataset.ts';
import { inSlice } from '../../dataset/split.ts';

/** Split names in manifests: feedback for training, and feedback that is held out for validation. */
export const FEEDBACK_SPLIT = 'feedback';
export const FEEDBACK_VALIDATION_SPLIT = 'feedback-val';

/** Share of the feedback that is held out. It is selected by content, so a photo is held out for all versions or for none. */
const FEEDBACK_VALIDATION_SHARE = 0.2;
const TRAIN_SPLIT = 'train';
/** Used in fingerprints only. */
const HELD_OUT_SPLIT = 'held-out';

type PhotoSource = Pick<Dataset, 'photos' | 'hashOf'>;

export interface PhotoSources {
  dataset: PhotoSource;
  feedback?: PhotoSource | undefined;
  /** Content hashes, one character per byte, of photos that must never be used for training, such as those of the gate. */
  heldOut: ReadonlySet<string>;
}

/** The photos that a run trains on, and the feedback that it is validated on. */
export interface PhotoSelection {
  /** Training photos of the dataset. */
  train: DatasetPhoto[];
  /** Number of photos that are in the training split of the dataset but held out. */
  heldOut: number;
  /** Training photos of the feedback; none of them is in the dataset or held out. */
  feedback: DatasetPhoto[];
  feedbackValidation: DatasetPhoto[];
  /** Number of feedback photos that were dropped because they are in the dataset or held out. */
  feedbackLeftOut: number;
  /** Content hashes of all training photos. */
  trainedOn: string[];
  /** Fingerprint of all photos with their splits; equals that of the dataset if there is nothing else. */
  fingerprint: string;
}

/**
 * Selects the training and validation photos so that no content is used twice. For a photo that is in both, the split and
 * the age of the dataset take precedence over the feedback. Held-out photos are never used for training.
 */
export function selectPhotos({ dataset, feedback, heldOut }: PhotoSources): PhotoSelection {
  const contents = new Set<string>();
  const selected = new SplitPhotos();
  for (const photo of dataset.photos) {
    const content = dataset.hashOf(photo);
    contents.add(content);
    const isHeldOut = photo.split === TRAIN_SPLIT && heldOut.has(content);
    selected.add(photo, content, isHeldOut ? HELD_OUT_SPLIT : photo.split);
  }
  let feedbackLeftOut = 0;
  for (const photo of feedback?.photos ?? []) {
    const content = feedback!.hashOf(photo);
    if (contents.has(content) || heldOut.has(content)) feedbackLeftOut++;
    else selected.add(photo, content, feedbackSplitOf(content));
  }
  return {
    train: selected.photosOf(TRAIN_SPLIT),
    heldOut: selected.photosOf(HELD_OUT_SPLIT).length,
    feedback: selected.photosOf(FEEDBACK_SPLIT),
    feedbackValidation: selected.photosOf(FEEDBACK_VALIDATION_SPLIT),
    feedbackLeftOut,
    trainedOn: [...selected.contentsOf(TRAIN_SPLIT), ...selected.contentsOf(FEEDBACK_SPLIT)],
    fingerprint: selected.fingerprint(),
  };
}

function feedbackSplitOf(content: string): string {
  return inSlice(FEEDBACK_VALIDATION_SPLIT, content, FEEDBACK_VALIDATION_SHARE)
    ? FEEDBACK_VALIDATION_SPLIT
    : FEEDBACK_SPLIT;
}

/** Photos of several sources with their assigned splits. */
class SplitPhotos {
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
      this.#all.map(({ photo: { age }, split }, row) => ({ age, split, row })),
      (row) => this.#all[row]!.content,
    );
  }
}
