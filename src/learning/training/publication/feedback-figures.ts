import { z } from 'zod';
import type { EngineModel } from '../../../inference/engine/engine.ts';
import type { AgeHead, AgeHeadSpec } from '../../../inference/head/age-head.ts';
import { readOutputRow } from '../../../inference/head/face-output.ts';
import { requireExactAge } from '../../dataset/age-range.ts';
import type { DatasetPhoto } from '../../dataset/dataset.ts';
import type { PhotoSet } from '../batches/photo-set.ts';
import { TEMPERATURE_RESOLUTION } from './calibration.ts';
import { outputsOf } from './serving-network.ts';

/** Feedback photos that are held out from training. */
export interface FeedbackValidation {
  photos: PhotoSet;
  /** In the same order as `photos`. */
  labeled: readonly Pick<DatasetPhoto, 'age'>[];
}

const figuresSchema = z.object({
  feedbackPhotos: z.int().min(1),
  /** Mean absolute error of the mean age, years. */
  feedbackMae: z.number().min(0),
  /** Mean of mean age − true age, years. */
  feedbackBias: z.number(),
  /** Share of the photos whose mean age is within five years. */
  feedbackCs5: z.number().min(0).max(1),
});

/** Metrics of a model on held-out feedback; a manifest's `metrics` uses the same names. */
export type FeedbackFigures = z.infer<typeof figuresSchema>;

/** The feedback metrics of a version, and the head that they were measured with. */
export interface MeasuredFeedback {
  head: AgeHeadSpec;
  figures: FeedbackFigures;
}

/**
 * Evaluates a network on held-out feedback.
 * @returns undefined if there are no photos
 */
export async function feedbackFigures(
  network: EngineModel,
  head: AgeHead,
  { photos, labeled }: FeedbackValidation,
): Promise<FeedbackFigures | undefined> {
  if (photos.count === 0) return undefined;
  const outputs = await outputsOf(network, photos);
  const errors = outputs.map((output, index) => {
    const { ages } = readOutputRow(output, head);
    return head.interpret(ages).mean - requireExactAge(labeled[index]!.age);
  });
  const meanOf = (value: (error: number) => number) =>
    errors.reduce((sum, error) => sum + value(error), 0) / errors.length;
  return {
    feedbackPhotos: errors.length,
    feedbackMae: meanOf(Math.abs),
    feedbackBias: meanOf((error) => error),
    feedbackCs5: meanOf((error) => Number(Math.abs(error) <= 5)),
  };
}

/** Returns the feedback metrics of a version, or undefined if it was not evaluated on feedback. */
export function measuredFeedbackOf({
  head,
  metrics,
}: {
  head: AgeHeadSpec;
  metrics: Record<string, number>;
}): MeasuredFeedback | undefined {
  const { data: figures } = figuresSchema.safeParse(metrics);
  return figures && { head, figures };
}

/**
 * Returns the feedback metrics of a version if they are still valid for the same network with a different head, else
 * undefined. They depend only on the mean ages, and thus only on the temperature of the head.
 */
export function figuresUnder(
  head: AgeHeadSpec,
  { head: previous, figures }: MeasuredFeedback,
): FeedbackFigures | undefined {
  const difference = Math.abs(temperatureOf(head) - temperatureOf(previous));
  return difference <= TEMPERATURE_RESOLUTION ? figures : undefined;
}

/** Bucket heads are not tempered. */
function temperatureOf(head: AgeHeadSpec): number {
  return head.kind === 'buckets' ? 1 : head.temperature;
}
