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
