import type { DatasetPhoto } from '../dataset/dataset-photo.ts';
import type { EngineModel } from '../engine/engine.ts';
import type { AgeHead } from '../network/age-head.ts';
import { answersOf } from './network-answers.ts';
import type { PhotoSet } from './photo-set.ts';

/** Photos of feedback that were not trained on. */
export interface FeedbackValidation {
  photos: PhotoSet;
  /** In the set's order. */
  labelled: readonly Pick<DatasetPhoto, 'age'>[];
}

/** How a model does on them; the names are those in a manifest's `metrics`. */
export interface FeedbackFigures extends Record<string, number> {
  feedbackPhotos: number;
  /** Mean absolute error of the mean age, years. */
  feedbackMae: number;
  /** Mean of mean age − true age, years. */
  feedbackBias: number;
  /** Share of the photos whose mean age is within five years. */
  feedbackCs5: number;
}

/** @returns undefined where there are no photos */
export async function feedbackFigures(
  network: EngineModel,
  head: AgeHead,
  { photos, labelled }: FeedbackValidation,
): Promise<FeedbackFigures | undefined> {
  if (photos.count === 0) return undefined;
  const outputs = await answersOf(network, photos);
  const errors = outputs.map((output, index) => head.interpret(output).mean - labelled[index]!.age);
  const meanOf = (value: (error: number) => number) =>
    errors.reduce((sum, error) => sum + value(error), 0) / errors.length;
  return {
    feedbackPhotos: errors.length,
    feedbackMae: meanOf(Math.abs),
    feedbackBias: meanOf((error) => error),
    feedbackCs5: meanOf((error) => Number(Math.abs(error) <= 5)),
  };
}
