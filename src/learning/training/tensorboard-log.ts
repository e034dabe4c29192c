import type { TensorFlow } from '../../inference/engine/tensorflow-runtime.ts';
import type { EpochReport } from './epoch-report.ts';

/** Writes a run's figures as TensorBoard event files, by epoch. */
export class TensorBoardLog {
  readonly #writer: ReturnType<TensorFlow['node']['summaryFileWriter']>;

  /** @param folder made where it is missing; a resumed run adds a file to it */
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
