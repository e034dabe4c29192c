import { readS3Options } from '../../common/config/config.ts';
import { createProgress } from '../../common/progress.ts';
import { defaultPreprocessSpec, type PreprocessSpec } from '../../inference/preprocess/spec.ts';
import type { Dataset } from './dataset.ts';
import type { FaceFraming } from './face-framing.ts';
import { openDataset } from './open-dataset.ts';
import { openFeedback, type OpenFeedback } from './open-feedback.ts';
import type { UnreadableLimit } from './unreadable.ts';

/** Where labeled photos are, and how those without a split are split. */
export interface DatasetOptions {
  /** A folder or `s3://bucket/prefix`. */
  data: string;
  /** The folder for preprocessed photos. */
  cache: string;
  /** The share of the photos without a split that validate, from 0 to 1. */
  valShare: number;
  /** The share of the training photos that are set aside to compare settings; 0 by default. */
  tuningShare?: number;
  /** No limit by default. */
  maxUnreadable?: UnreadableLimit | undefined;
  /** How photos are preprocessed; the spec that training uses by default. */
  spec?: PreprocessSpec;
  /** How faces are found and aligned; by default each photo is taken for the framed face. */
  framing?: FaceFraming | undefined;
  /** With framing: uses photos without a face as a whole, instead of leaving them out. */
  keepWithoutFace?: boolean | undefined;
  /** Columns that hold groups; `sex`, `gender`, `ethnicity` and `race` by default. */
  groups?: readonly string[] | undefined;
  /** Uses every photo, without labels; any age fits each. */
  unlabeled?: boolean | undefined;
}

/**
 * Opens a data set and shows the progress on standard error while photos are preprocessed.
 * @param onProgress also receives the progress
 * @throws UnreadablePhotosError where more photos than allowed cannot be read
 */
export async function readDataset(
  options: DatasetOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<Dataset> {
  const progress = createProgress('photos');
  try {
    return await openDataset({
      source: { location: options.data, s3: readS3Options() },
      spec: options.spec ?? defaultPreprocessSpec,
      framing: options.framing,
      keepWithoutFace: options.keepWithoutFace,
      groups: options.groups,
      unlabeled: options.unlabeled,
      cacheRoot: options.cache,
      valShare: options.valShare,
      tuningShare: options.tuningShare ?? 0,
      maxUnreadable: options.maxUnreadable,
      onProgress: (done, total) => {
        progress.update(done, total);
        onProgress?.(done, total);
      },
    });
  } finally {
    progress.stop();
  }
}

/** Opens the accepted photos of a feedback store, as `readDataset` does a data set. */
export async function readFeedback(
  location: string,
  cacheRoot: string,
  framing?: FaceFraming,
): Promise<OpenFeedback> {
  const progress = createProgress('feedback');
  try {
    return await openFeedback({
      source: { location, s3: readS3Options() },
      spec: defaultPreprocessSpec,
      framing,
      cacheRoot,
      onProgress: (done, total) => progress.update(done, total),
    });
  } finally {
    progress.stop();
  }
}
