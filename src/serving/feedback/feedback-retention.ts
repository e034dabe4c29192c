import type { Clock } from '../../common/clock.ts';
import { ServiceError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import type { FeedbackStore } from '../../registry/feedback/feedback-store.ts';
import { sweepFeedback, type SweepReport } from '../../registry/feedback/feedback-sweep.ts';

const SWEEP_EVERY_MS = 3_600_000;

export interface FeedbackRetentionOptions {
  store: FeedbackStore;
  retentionDays: number;
  maxPhotos: number;
  maxBytes: number;
  logger: Logger;
  metrics: Pick<Metrics, 'feedbackPhotos'>;
  clock: Clock;
  /** The time of day, for the records. */
  today: () => Date;
}

/** Sweeps the store now and then, and knows about how full it is: what others add is seen with the next sweep. */
export class FeedbackRetention {
  readonly #options: FeedbackRetentionOptions;
  #photos = 0;
  #bytes = 0;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: FeedbackRetentionOptions) {
    this.#options = options;
  }

  /** Sweeps now, and then every hour. Never rejects: where the store does not answer, the next time comes. */
  async start(): Promise<void> {
    await this.#sweep();
    // Stopped while it swept, it must not go on.
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(SWEEP_EVERY_MS, () => void this.start());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** @throws ServiceError `feedback_full` */
  requireRoom(bytes = 0): void {
    const { maxPhotos, maxBytes } = this.#options;
    if (this.#photos < maxPhotos && this.#bytes + bytes <= maxBytes) return;
    throw new ServiceError(
      'feedback_full',
      'No more photos are taken until some are removed. Tell the operator; predictions go on.',
    );
  }

  /** @param bytes of a photo that came, or went where `photos` is −1 */
  count(bytes: number, photos: 1 | -1): void {
    this.#photos = Math.max(0, this.#photos + photos);
    this.#bytes = Math.max(0, this.#bytes + photos * bytes);
    this.#options.metrics.feedbackPhotos.set(this.#photos);
  }

  async #sweep(): Promise<void> {
    const { store, retentionDays, today, logger, metrics } = this.#options;
    try {
      const report = await sweepFeedback(store, { now: today(), retentionDays });
      this.#photos = report.photos;
      this.#bytes = report.bytes;
      metrics.feedbackPhotos.set(report.photos);
      this.#tell(report);
    } catch (error) {
      logger.warn({ err: error }, 'the feedback store could not be swept');
    }
  }

  #tell({ expired, leftovers, damaged }: SweepReport): void {
    const { logger } = this.#options;
    if (expired.length + leftovers.length > 0)
      logger.info({ expired: expired.length, leftovers: leftovers.length }, 'feedback was removed');
    if (damaged.length > 0) logger.warn({ damaged }, 'records of feedback cannot be read');
  }
}
