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

/**
 * Sweeps the store every hour and tracks how full it is. What other servers add counts from the next sweep on.
 */
export class FeedbackRetention {
  readonly #options: FeedbackRetentionOptions;
  #photos = 0;
  #bytes = 0;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: FeedbackRetentionOptions) {
    this.#options = options;
  }

  /** Sweeps now, then every hour. Never rejects: a failed sweep is retried with the next one. */
  async start(): Promise<void> {
    await this.#sweep();
    // It may have been stopped while it swept.
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
      'The feedback store is full. Ask the operator to remove photos; predictions still work.',
    );
  }

  /**
   * Counts a photo that was stored or, where `photos` is −1, removed.
   * @param bytes the size of the photo
   */
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
      this.#log(report);
    } catch (error) {
      logger.warn({ err: error }, 'could not sweep the feedback store');
    }
  }

  #log({ expired, leftovers, damaged }: SweepReport): void {
    const { logger } = this.#options;
    if (expired.length + leftovers.length > 0)
      logger.info(
        { expired: expired.length, leftovers: leftovers.length },
        'removed expired feedback',
      );
    if (damaged.length > 0) logger.warn({ damaged }, 'some feedback records cannot be read');
  }
}
