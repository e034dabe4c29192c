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
import type { FeedbackQuota } from './feedback-quota.ts';
import type { FeedbackRetention } from './feedback-retention.ts';
import type { PhotoMemory, RememberedPhoto } from './photo-memory.ts';

/** A true age, and the photo or the prediction that it belongs to. */
export interface GivenFeedback {
  /** Whole years, 0 … MAX_FEEDBACK_AGE. */
  age: number;
  /** A label of the sender for where it comes from. */
  source?: string | undefined;
  of: { bytes: Uint8Array } | { predictionId: string };
}

/** Who gives feedback. */
export interface FeedbackClient {
  /** For the quota. */
  name: string;
  /** SHA-256 of its API key; undefined where keys are not required, so that submitters are not known. */
  keyDigest: Buffer | undefined;
}

/** Identity, cancellation and deadline of the request. */
export interface FeedbackScope {
  requestId: string;
  client: FeedbackClient;
  signal: CancelSignal;
  deadlineAtMs: number;
}

/** Answers a photo with the serving model; throws as a prediction does. */
export type AnswerPhoto = (
  bytes: Uint8Array,
  scope: Omit<FeedbackScope, 'client'>,
) => Promise<FeedbackAnswer>;

export interface FeedbackDependencies {
  store: FeedbackStore;
  memory: PhotoMemory;
  retention: Pick<FeedbackRetention, 'requireRoom' | 'count'>;
  quota: Pick<FeedbackQuota, 'admit' | 'charge'>;
  answer: AnswerPhoto;
  /** With `auto`, training uses new feedback at once; with `review`, after someone has accepted it. */
  accept: 'auto' | 'review';
  metrics: Pick<Metrics, 'feedback' | 'feedbackError'>;
  /** The time of day, for the records. */
  today: () => Date;
}

/** Accepts true ages, stores them with their photos, and removes them on request. */
export class FeedbackService {
  readonly #dependencies: FeedbackDependencies;

  constructor(dependencies: FeedbackDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Admits a request before its photo is read.
   * @throws ServiceError `rate_limited` or `feedback_full`
   */
  admit({ name }: Pick<FeedbackClient, 'name'>): Promise<void> {
    return this.#countingFailures(undefined, () => {
      const { quota, retention } = this.#dependencies;
      quota.admit(name);
      retention.requireRoom();
      return Promise.resolve();
    });
  }

  /**
   * Stores a photo with its true age. Where the same API key has stored it with this age, nothing changes; what others
   * have stored does not matter and is not revealed. The quota is charged once the photo and the age are known to be
   * valid.
   * @throws ServiceError as a prediction does where the photo cannot be answered; `prediction_forgotten`, `rate_limited`,
   * `feedback_conflict`, `feedback_full`, `feedback_unavailable`
   */
  give(given: GivenFeedback, scope: FeedbackScope): Promise<KeptFeedback> {
    return this.#countingFailures(scope.signal, async () => {
      const { store, quota, retention, accept, metrics, today } = this.#dependencies;
      const { bytes, answer, origin } = await this.#photoOf(given, scope);
      retention.requireRoom(bytes.length);
      quota.charge(scope.client.name);
      const kept = await store.add({
        bytes,
        age: given.age,
        source: given.source ?? null,
        state: accept === 'auto' ? 'accepted' : 'pending',
        requestId: scope.requestId,
        origin,
        answer,
        at: today(),
        submitter: scope.client.keyDigest,
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
    return this.#countingFailures(undefined, async () => {
      const { store, memory, retention, metrics } = this.#dependencies;
      const record = await store.findById(id);
      if (record === undefined)
        throw new ServiceError(
          'feedback_not_found',
          'There is no feedback with this id; it may have been removed.',
        );
      const { photo, origin } = record;
      await store.remove({ name: nameOfId(id)!, key: photo.key });
      if (origin.kind === 'prediction') memory.forget(origin.predictionId, photo.sha256);
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
    { client, ...scope }: FeedbackScope,
  ): Promise<RememberedPhoto & { origin: FeedbackOrigin }> {
    const { memory, answer } = this.#dependencies;
    if ('bytes' in of)
      return { bytes: of.bytes, answer: await answer(of.bytes, scope), origin: { kind: 'upload' } };
    const { predictionId } = of;
    const owner = client.keyDigest?.toString('base64');
    const remembered = memory.recall({ id: predictionId, owner });
    if (remembered !== undefined)
      return { ...remembered, origin: { kind: 'prediction', predictionId } };
    throw new ServiceError(
      'prediction_forgotten',
      'The photo of this prediction is not remembered: only the server that answered remembers it, for a short time. Send the photo itself.',
    );
  }

  #count({ answer, errorYears, photo }: FeedbackRecord): void {
    const { retention, metrics } = this.#dependencies;
    retention.count(photo.bytes, 1);
    metrics.feedbackError.observe({ version: answer.model.version }, Math.abs(errorYears));
  }

  /** Counts failures by the error's code, or as `abandoned` where the client has gone. */
  async #countingFailures<Result>(
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
    'You have sent this photo with another age, which is kept. Delete that feedback by its id, then send this age again.',
  );
}

function translate(error: unknown): never {
  throw asServiceError(error);
}

/** The message of a storage error may name hosts and paths: it goes to the log only. */
function asServiceError(error: unknown): unknown {
  if (!(error instanceof StorageError)) return error;
  return new ServiceError('feedback_unavailable', 'Try again later.', { cause: error });
}
