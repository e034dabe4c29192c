import { z } from 'zod';
import { readS3Options } from '../../common/config/config.ts';
import { createProgress } from '../../common/progress.ts';
import { defaultPreprocessSpec, type PreprocessSpec } from '../../inference/preprocess/spec.ts';
import type { Dataset } from './dataset.ts';
import { openDataset } from './open-dataset.ts';
import { openFeedback, type OpenFeedback } from './open-feedback.ts';
import type { UnreadableLimit } from './unreadable.ts';

/** A share on a command line: `0.1`. */
export const shareSchema = z.string().transform((text, context) => {
  const share = Number(text);
  if (text !== '' && share >= 0 && share <= 1) return share;
  context.addIssue('give a number from 0 to 1');
  return z.NEVER;
});

/** Where labelled photos are, and how those of no split are split. */
export interface DatasetOptions {
  data: string;
  cache: string;
  'val-share': number;
  tuningShare?: number;
  'max-unreadable'?: UnreadableLimit | undefined;
  /** As training has it by default. */
  spec?: PreprocessSpec;
}

/**
 * Opens a data set as a command names it, and shows how far it is where photos must be cached first.
 * @param onProgress also told how far it is
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
      cacheRoot: options.cache,
      valShare: options['val-share'],
      tuningShare: options.tuningShare ?? 0,
      maxUnreadable: options['max-unreadable'],
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
export async function readFeedback(location: string, cacheRoot: string): Promise<OpenFeedback> {
  const progress = createProgress('feedback');
  try {
    return await openFeedback({
      source: { location, s3: readS3Options() },
      spec: defaultPreprocessSpec,
      cacheRoot,
      onProgress: (done, total) => progress.update(done, total),
    });
  } finally {
    progress.stop();
  }
}
