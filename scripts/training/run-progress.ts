import { createProgress, type Progress } from '../../src/common/progress.ts';
import type { EpochReport } from '../../src/training/epoch-report.ts';
import { remainingSeconds } from '../../src/training/run-clock.ts';
import type { StepReport } from '../../src/training/trainer.ts';

/** Between two lines within an epoch, where there is no terminal. */
const LINE_EVERY_MS = 60_000;

/** Tells how a run goes: a bar within each epoch, a line of figures after it. */
export class RunProgress {
  readonly #sideAt: (epoch: number) => number;
  readonly #tell: (text: string) => void;
  #epoch = 0;
  #bar: Progress | undefined;

  /** @param sideAt the side of the photos in an epoch, counted from 0 */
  constructor(sideAt: (epoch: number) => number, tell: (text: string) => void) {
    this.#sideAt = sideAt;
    this.#tell = tell;
  }

  step({ epoch, epochs, step, steps, loss }: StepReport): void {
    if (epoch !== this.#epoch) this.#begin(epoch, epochs);
    this.#bar!.update(step, steps, `loss ${loss.toFixed(3)}`);
  }

  finishEpoch(report: EpochReport): void {
    this.stop();
    this.#tell(this.#lineOf(report));
  }

  /** Takes the bar away. */
  stop(): void {
    this.#bar?.stop();
  }

  #begin(epoch: number, epochs: number): void {
    this.stop();
    this.#epoch = epoch;
    this.#bar = createProgress(`epoch ${epoch}/${epochs}`, { lineEveryMs: LINE_EVERY_MS });
  }

  #lineOf(report: EpochReport): string {
    const { epoch, epochs, loss, validationMae, validationAccuracy, waitingShare } = report;
    const minutes = remainingSeconds(report, this.#sideAt) / 60;
    return (
      `epoch ${epoch}/${epochs}  loss ${loss.toFixed(3)}  validation MAE ${validationMae.toFixed(3)} years, ` +
      `decade ${validationAccuracy.toFixed(3)}  ${report.seconds.toFixed(0)} s, ` +
      `${(waitingShare * 100).toFixed(1)} % waiting for data, ${minutes.toFixed(0)} min to go`
    );
  }
}
