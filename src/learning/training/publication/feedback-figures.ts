import { z } from 'zod';
import type { EngineModel } from '../../../inference/engine/engine.ts';
import type { AgeHead, AgeHeadSpec } from '../../../inference/head/age-head.ts';
import type { DatasetPhoto } from '../../dataset/dataset-photo.ts';
import { PhotoReader, type PhotoSet } from '../batches/photo-set.ts';
import { TEMPERATURE_RESOLUTION } from './calibration.ts';

/** The raw output of each photo, one photo a batch, as the service answers a single upload. */
export async function answersOf(network: EngineModel, photos: PhotoSet): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  const reader = new PhotoReader(photos);
  try {
    for (let index = 0; index < photos.count; index++) {
      outputs.push((await network.run(reader.read(index), 1)).slice());
    }
  } finally {
    reader.close();
  }
  return outputs;
}

/** Photos of feedback that were not trained on. */
export interface FeedbackValidation {
  photos: PhotoSet;
  /** In the set's order. */
  labelled: readonly Pick<DatasetPhoto, 'age'>[];
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

/** How a model does on them; the names are those in a manifest's `metrics`. */
export type FeedbackFigures = z.infer<typeof figuresSchema>;

/** A version's figures, and the head that they were measured with. */
export interface MeasuredFeedback {
  head: AgeHeadSpec;
  figures: FeedbackFigures;
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

/** @returns those of a version, or undefined where it was judged by no feedback */
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
 * What holds of a version's figures for the same network under another head: all, where that reads the same mean ages
 * out of its answers, which only the temperature has a say in; else nothing.
 */
export function figuresUnder(
  head: AgeHeadSpec,
  { head: before, figures }: MeasuredFeedback,
): FeedbackFigures | undefined {
  const apart = Math.abs(temperatureOf(head) - temperatureOf(before));
  return apart <= TEMPERATURE_RESOLUTION ? figures : undefined;
}

/** Buckets are read as they are. */
function temperatureOf(head: AgeHeadSpec): number {
  return head.kind === 'buckets' ? 1 : head.temperature;
}
