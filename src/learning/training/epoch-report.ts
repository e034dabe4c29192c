import { z } from 'zod';

/** What an epoch came to; the reports of a run are its history. */
export const epochReportSchema = z.object({
  epoch: z.int().positive(),
  epochs: z.int().positive(),
  /** Mean training loss, of augmented and mixed photos. */
  loss: z.number(),
  learningRate: z.number(),
  /** Of the photos, in pixels. */
  side: z.int(),
  /** Of the averaged weights on the validation photos: mean absolute error in years, share of right decades. */
  validationMae: z.number(),
  validationAccuracy: z.number(),
  seconds: z.number(),
  /** Share of the time that TensorFlow waited for data. */
  waitingShare: z.number(),
  /** That TensorFlow holds at the end of the epoch. */
  tensors: z.int(),
});

export type EpochReport = z.infer<typeof epochReportSchema>;

/**
 * Seconds that a run has still to go: its remaining epochs at the pace of the last one, weighted by the photos' area
 * where later parts of the run have larger ones.
 * @param sideAt the side of the photos in an epoch, counted from 0
 */
export function remainingSeconds(
  last: Pick<EpochReport, 'epoch' | 'epochs' | 'side' | 'seconds'>,
  sideAt: (epoch: number) => number,
): number {
  let seconds = 0;
  for (let epoch = last.epoch; epoch < last.epochs; epoch++)
    seconds += last.seconds * (sideAt(epoch) / last.side) ** 2;
  return seconds;
}
