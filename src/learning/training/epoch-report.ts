import { z } from 'zod';
import type { TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';

/** The results of one epoch; the reports of a run form its history. */
export const epochReportSchema = z.object({
  epoch: z.int().positive(),
  epochs: z.int().positive(),
  /** Mean training loss on augmented and mixed photos. */
  loss: z.number(),
  learningRate: z.number(),
  /** Width and height of the photos, in pixels. */
  side: z.int(),
  /** Metrics of the averaged weights on the validation photos: MAE in years and decade accuracy. */
  validationMae: z.number(),
  validationAccuracy: z.number(),
  seconds: z.number(),
  /** Share of the time that training waited for batches. */
  waitingShare: z.number(),
  /** Number of tensors that TensorFlow holds at the end of the epoch. */
  tensors: z.int(),
});

export type EpochReport = z.infer<typeof epochReportSchema>;

/**
 * Estimates the remaining seconds of a run: the remaining epochs at the pace of the last one, scaled by the area of the
 * photos in each of them.
 * @param sideAt returns the side of the photos in an epoch, counted from 0
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

/** Writes the metrics of each epoch as TensorBoard event files. */
export class TensorBoardLog {
  readonly #writer: ReturnType<TensorFlow['node']['summaryFileWriter']>;

  /** @param folder is created if it is missing; a resumed run adds a file to it */
  constructor(tf: TensorFlow, folder: string) {
    this.#writer = tf.node.summaryFileWriter(folder);
  }

  write({ epoch, ...report }: EpochReport): void {
    const scalars = {
      'train/loss': report.loss,
      'train/learning_rate': report.learningRate,
      'train/waiting_share': report.waitingShare,
      'train/seconds': report.seconds,
      'validation/mae_years': report.validationMae,
      'validation/decade_accuracy': report.validationAccuracy,
    };
    for (const [name, value] of Object.entries(scalars)) this.#writer.scalar(name, value, epoch);
    this.#writer.flush();
  }
}
