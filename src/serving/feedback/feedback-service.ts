import type { CancelSignal } from '../../common/cancellation.ts';
import { ServiceError, toServiceError } from '../../common/errors.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import {
  readPage,
  type FeedbackPage,
  type PageRequest,
} from '../../registry/feedback/feedback-page.ts';
import {
  nameOfId,
  type FeedbackAnswer,
  type FeedbackOrigin,
  type FeedbackRecord,
} from '../../registry/feedback/feedback-record.ts';
import type { FeedbackStore, KeptFeedback } from '../../registry/feedback/feedback-store.ts';
import { StorageError } from '../../registry/store/object-store.ts';
import type { FeedbackRetention } from './feedback-retention.ts';
import type { MinuteLimit } from './minute-limit.ts';
import type { PhotoMemory, RememberedPhoto } from './photo-memory.ts';

/** A true age, and the photo or the prediction that it is of. */
export interface GivenFeedback {
  /** Whole years, 0 … MAX_FEEDBACK_AGE. */
  age: number;
  /** The sender's word for where it comes from. */
  source?: string | undefined;
  of: { bytes: Uint8Array } | { predictionId: string };
}

/** The request's, as everywhere. */
export interface FeedbackScope {
  requestId: string;
  signal: CancelSignal;
  deadlineAtMs: number;
}

/** What the serving model says of a photo; throws as a prediction does. */
export type AnswerPhoto = (bytes: Uint8Array, scope: FeedbackScope) => Promise<FeedbackAnswer>;

export interface FeedbackDependencies {
  store: FeedbackStore;
  memory: PhotoMemory;
  retention: Pick<FeedbackRetention, 'requireRoom' | 'count'>;
  limit: MinuteLimit;
  answer: AnswerPhoto;
  /** `auto` has new feedback trained on as it is, `review` when somebody has accepted it. */
  accept: 'auto' | 'review';
  metrics: Pick<Metrics, 'feedback' | 'feedbackError'>;
  /** The time of day, for the records. */
  today: () => Date;
}

/** Takes true ages, keeps them with their photos, and forgets them when asked to. */
export class FeedbackService {
  readonly #dependencies: FeedbackDependencies;

  constructor(dependencies: FeedbackDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Lets a request pass before its photo is read.
   * @throws ServiceError `rate_limited` or `feedback_full`
   */
  admit(): Promise<void> {
    return this.#counting(undefined, () => {
      const { limit, retention } = this.#dependencies;
      const retryAfterSeconds = limit.pass();
      if (retryAfterSeconds !== undefined)
        throw new ServiceError('rate_limited', 'Too much feedback in the last minute.', {
          retryAfterSeconds,
        });
      retention.requireRoom();
      return Promise.resolve();
    });
  }

  /**
   * Keeps a photo with its true age. Where the photo is there already with this age, nothing changes.
   * @throws ServiceError as a prediction does where the photo is no good; `prediction_forgotten`, `feedback_conflict`,
   * `feedback_full`, `feedback_unavailable`
   */
  give(given: GivenFeedback, scope: FeedbackScope): Promise<KeptFeedback> {
    return this.#counting(scope.signal, async () => {
      const { store, retention, accept, metrics, today } = this.#dependencies;
      const { bytes, answer, origin } = await this.#photoOf(given, scope);
      retention.requireRoom(bytes.length);
      const kept = await store.add({
        bytes,
        age: given.age,
        source: given.source ?? null,
        state: accept === 'auto' ? 'accepted' : 'pending',
        requestId: scope.requestId,
        origin,
        answer,
        at: today(),
      });
      if (kept.outcome === 'conflict') throw conflict();
      metrics.feedback.inc({ result: kept.outcome });
      if (kept.outcome === 'stored') this.#count(kept.record);
      return kept;
    });
  }

  /**
   * Removes feedback for good: photo and record, and the photo from memory.
   * @throws ServiceError `feedback_not_found`, `feedback_unavailable`
   */
  remove(id: string): Promise<void> {
    return this.#counting(undefined, async () => {
      const { store, memory, retention, metrics } = this.#dependencies;
      const record = await store.findById(id);
      if (record === undefined)
        throw new ServiceError('feedback_not_found', 'It was removed, or never was.');
      const { photo, origin } = record;
      await store.remove({ name: nameOfId(id)!, key: photo.key });
      if (origin.kind === 'prediction') memory.forget(origin.predictionId);
      retention.count(photo.bytes, -1);
      metrics.feedback.inc({ result: 'removed' });
    });
  }

  /** @throws ServiceError `feedback_unavailable` */
  list(requested: PageRequest): Promise<FeedbackPage> {
    return readPage(this.#dependencies.store, requested).catch(translate);
  }

  async #photoOf(
    { of }: GivenFeedback,
    scope: FeedbackScope,
  ): Promise<RememberedPhoto & { origin: FeedbackOrigin }> {
    const { memory, answer } = this.#dependencies;
    if ('bytes' in of)
      return { bytes: of.bytes, answer: await answer(of.bytes, scope), origin: { kind: 'upload' } };
    const { predictionId } = of;
    const remembered = memory.recall(predictionId);
    if (remembered !== undefined)
      return { ...remembered, origin: { kind: 'prediction', predictionId } };
    throw new ServiceError(
      'prediction_forgotten',
      'No photo of this prediction is at hand: photos are remembered for a short time, by the server that answered. Send the photo itself.',
    );
  }

  #count({ answer, errorYears, photo }: FeedbackRecord): void {
    const { retention, metrics } = this.#dependencies;
    retention.count(photo.bytes, 1);
    metrics.feedbackError.observe({ version: answer.model.version }, Math.abs(errorYears));
  }

  /** Counts what did not come to a good end: by the error's code, or as `abandoned`. */
  async #counting<Result>(
    signal: CancelSignal | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const fault = asServiceError(error);
      const result = signal?.aborted === true ? 'abandoned' : toServiceError(fault).code;
      this.#dependencies.metrics.feedback.inc({ result });
      throw fault;
    }
  }
}

function conflict(): ServiceError {
  return new ServiceError(
    'feedback_conflict',
    'This photo is there with another age, which stays. Who told that age may delete it by its id; then tell this one.',
  );
}

function translate(error: unknown): never {
  throw asServiceError(error);
}

/** A store's words may name hosts and paths: they go to the log. */
function asServiceError(error: unknown): unknown {
  if (!(error instanceof StorageError)) return error;
  return new ServiceError('feedback_unavailable', 'Try again later.', { cause: error });
}
