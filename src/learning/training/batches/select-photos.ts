import { createHash } from 'node:crypto';
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
  /** One or more; a photo that is in several belongs to the first of them. */
  datasets: readonly PhotoSource[];
  /** The split that validates. */
  validationSplit: string;
  feedback?: PhotoSource | undefined;
  /** Content hashes, one character per byte, of photos that must never be used for training, such as those of the gate. */
  heldOut: ReadonlySet<string>;
  /** What else the result of training depends on, such as weights; part of the fingerprint. */
  settings?: string | undefined;
}

/** The photos that a run trains on, and the feedback that it is validated on. */
export interface PhotoSelection {
  /** Training photos of each dataset. */
  train: DatasetPhoto[][];
  /** Validation photos of each dataset. */
  validation: DatasetPhoto[][];
  /** Number of photos that are in the training split of a dataset but held out. */
  heldOut: number;
  /** Number of photos that were dropped because an earlier dataset has them. */
  repeated: number;
  /** Training photos of the feedback; none of them is in a dataset or held out. */
  feedback: DatasetPhoto[];
  feedbackValidation: DatasetPhoto[];
  /** Number of feedback photos that were dropped because they are in a dataset or held out. */
  feedbackLeftOut: number;
  /** Content hashes of all training photos. */
  trainedOn: string[];
  /**
   * Fingerprint of everything that the run trains on: all photos with labels and splits, and the settings. Equals that of the
   * dataset if there is nothing else.
   */
  fingerprint: string;
}

/**
 * Selects the training and validation photos so that no content is used twice. For a photo that is in several places, the
 * split and the age of the first dataset take precedence over later ones and over the feedback; a photo that any dataset has
 * outside its training split, or that is held out, is never trained on.
 */
export function selectPhotos(sources: PhotoSources): PhotoSelection {
  const { datasets, validationSplit, feedback, heldOut, settings } = sources;
  const selected = new SplitPhotos();
  const elsewhere = splitsOutsideTraining(datasets);
  datasets.forEach((dataset, index) => {
    for (const photo of dataset.photos) {
      const content = dataset.hashOf(photo);
      const split = elsewhere.get(content) ?? photo.split;
      const isHeldOut = split === TRAIN_SPLIT && heldOut.has(content);
      selected.add(photo, content, { split: isHeldOut ? HELD_OUT_SPLIT : split, source: index });
    }
  });
  const repeated = selected.dropped;
  for (const photo of feedback?.photos ?? []) {
    const content = feedback!.hashOf(photo);
    if (heldOut.has(content)) selected.dropped++;
    else selected.add(photo, content, { split: feedbackSplitOf(content), source: FEEDBACK });
  }
  const of = (split: string) => datasets.map((_, index) => selected.photosOf(split, index));
  return {
    train: of(TRAIN_SPLIT),
    validation: of(validationSplit),
    heldOut: of(HELD_OUT_SPLIT).flat().length,
    repeated,
    feedback: selected.photosOf(FEEDBACK_SPLIT, FEEDBACK),
    feedbackValidation: selected.photosOf(FEEDBACK_VALIDATION_SPLIT, FEEDBACK),
    feedbackLeftOut: selected.dropped - repeated,
    trainedOn: [...selected.contentsOf(TRAIN_SPLIT), ...selected.contentsOf(FEEDBACK_SPLIT)],
    fingerprint: withSettings(selected.fingerprint(), settings),
  };
}

function withSettings(fingerprint: string, settings: string | undefined): string {
  if (settings === undefined) return fingerprint;
  return createHash('sha256').update(`${fingerprint} ${settings}`).digest('hex');
}

/** The splits of contents that some dataset has outside its training split. */
function splitsOutsideTraining(datasets: readonly PhotoSource[]): Map<string, string> {
  const splits = new Map<string, string>();
  if (datasets.length === 1) return splits;
  for (const dataset of datasets)
    for (const photo of dataset.photos) {
      const content = dataset.hashOf(photo);
      if (photo.split !== TRAIN_SPLIT && !splits.has(content)) splits.set(content, photo.split);
    }
  return splits;
}

function feedbackSplitOf(content: string): string {
  return inSlice(FEEDBACK_VALIDATION_SPLIT, content, FEEDBACK_VALIDATION_SHARE)
    ? FEEDBACK_VALIDATION_SPLIT
    : FEEDBACK_SPLIT;
}

/** The place of feedback among the sources. */
const FEEDBACK = -1;

/** Where a photo belongs. */
interface Place {
  split: string;
  /** The index of its dataset, or FEEDBACK. */
  source: number;
}

/** Photos of several sources with their assigned splits; each content is kept once. */
class SplitPhotos {
  /** Number of photos that were not kept. */
  dropped = 0;
  readonly #all = new Map<string, Place & { photo: DatasetPhoto }>();

  /** The first of several photos with the same content is kept. */
  add(photo: DatasetPhoto, content: string, place: Place): void {
    if (this.#all.has(content)) this.dropped++;
    else this.#all.set(content, { photo, ...place });
  }

  photosOf(wanted: string, from: number): DatasetPhoto[] {
    return [...this.#all.values()].flatMap(({ photo, split, source }) =>
      split === wanted && source === from ? [photo] : [],
    );
  }

  contentsOf(wanted: string): string[] {
    return [...this.#all].flatMap(([content, { split }]) => (split === wanted ? [content] : []));
  }

  fingerprint(): string {
    const all = [...this.#all];
    return fingerprintOf(
      all.map(([, { photo, split }], row) => ({ age: photo.age, split, row })),
      (row) => all[row]![0],
    );
  }
}

/** One line for the log: how many photos are trained on, and what was left out. */
export function describeSelection(selection: PhotoSelection, feedbackWeight: number): string {
  const { train, heldOut, repeated, feedback, feedbackValidation, feedbackLeftOut } = selection;
  const counts: [number, string][] = [
    [heldOut, 'skipped because they are held out'],
    [repeated, 'skipped because an earlier data set has them'],
    [feedback.length, `from feedback with weight ${feedbackWeight}`],
    [feedbackValidation.length, 'from feedback for validation only'],
    [feedbackLeftOut, 'from feedback skipped because they are in the dataset or held out'],
  ];
  const others = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [`training photos: ${train.flat().length} from the dataset`, ...others].join(', ');
}
