import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { EngineModel } from '../../../inference/engine/engine.ts';
import type { AgeCorrection } from '../../../inference/head/age-correction.ts';
import type { AgeHead, AgeHeadSpec } from '../../../inference/head/age-head.ts';
import { exactAge, type AgeRange } from '../../dataset/age-range.ts';
import { readOutputRow } from '../../../inference/head/face-output.ts';
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
  /** Photos with an exact age; absent, as are their figures, if there are none. */
  feedbackPhotos: z.int().min(1).optional(),
  /** Mean absolute error of the mean age, years. */
  feedbackMae: z.number().min(0).optional(),
  /** Mean of mean age − true age, years. */
  feedbackBias: z.number().optional(),
  /** Share of the photos whose mean age is within five years. */
  feedbackCs5: z.number().min(0).max(1).optional(),
  /** Photos whose label is a range of ages; absent if there are none. */
  feedbackRanges: z.int().min(1).optional(),
  /** Share of them whose mean age, rounded to whole years, is in the range. */
  feedbackInRange: z.number().min(0).max(1).optional(),
});

/** Metrics of a model on held-out feedback; a manifest's `metrics` uses the same names. */
export type FeedbackFigures = z.infer<typeof figuresSchema>;

/** The figures under the names that a manifest's `metrics` gives them. */
export function manifestFigures(figures: FeedbackFigures | undefined): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures ?? {}).flatMap(([name, figure]) =>
      figure === undefined ? [] : [[name, figure] as const],
    ),
  );
}

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
  const answers = outputs.map((output, index) => ({
    label: labeled[index]!.age,
    mean: head.interpret(readOutputRow(output, head).ages).mean,
  }));
  const isExact = ({ label }: LabeledMean) => exactAge(label) !== undefined;
  return {
    ...exactFigures(answers.filter(isExact)),
    ...rangeFigures(answers.filter((answer) => !isExact(answer))),
  };
}

interface LabeledMean {
  label: AgeRange;
  mean: number;
}

function exactFigures(answers: readonly LabeledMean[]): FeedbackFigures {
  if (answers.length === 0) return {};
  const errors = answers.map(({ label, mean }) => mean - label.min);
  const meanOf = (value: (error: number) => number) =>
    errors.reduce((sum, error) => sum + value(error), 0) / errors.length;
  return {
    feedbackPhotos: errors.length,
    feedbackMae: meanOf(Math.abs),
    feedbackBias: meanOf((error) => error),
    feedbackCs5: meanOf((error) => Number(Math.abs(error) <= 5)),
  };
}

function rangeFigures(answers: readonly LabeledMean[]): FeedbackFigures {
  if (answers.length === 0) return {};
  const inside = answers.filter(({ label, mean }) => isInRange(label, Math.round(mean))).length;
  return { feedbackRanges: answers.length, feedbackInRange: inside / answers.length };
}

function isInRange({ min, max }: AgeRange, year: number): boolean {
  return min <= year && year <= max;
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
  return figures && Object.keys(figures).length > 0 ? { head, figures } : undefined;
}

/**
 * Returns the feedback metrics of a version if they are still valid for the same network with a different head, else
 * undefined. They depend only on the mean ages, and thus only on the temperature of the head and its correction of ages.
 */
export function figuresUnder(
  head: AgeHeadSpec,
  { head: previous, figures }: MeasuredFeedback,
): FeedbackFigures | undefined {
  const difference = Math.abs(temperatureOf(head) - temperatureOf(previous));
  const isSame =
    difference <= TEMPERATURE_RESOLUTION &&
    isDeepStrictEqual(correctionOf(head), correctionOf(previous));
  return isSame ? figures : undefined;
}

function correctionOf(head: AgeHeadSpec): AgeCorrection | undefined {
  return head.kind === 'buckets' ? undefined : head.correction;
}

/** Bucket heads are not tempered. */
function temperatureOf(head: AgeHeadSpec): number {
  return head.kind === 'buckets' ? 1 : head.temperature;
}
