import type { CancelSignal } from '../../common/cancellation.ts';
import { ServiceError, toServiceError } from '../../common/errors.ts';
import type { Box } from '../../inference/faces/geometry.ts';
import type { Metrics } from '../../common/metrics/metrics.ts';
import {
  readPage,
  type FeedbackPage,
  type PageRequest,
} from '../../registry/feedback/feedback-page.ts';
import type {
  AgeRange,
  FeedbackAnswer,
  FeedbackOrigin,
  FeedbackRecord,
} from '../../registry/feedback/feedback-record.ts';
import { nameOfId } from '../../registry/feedback/feedback-keys.ts';
import type {
  FeedbackStore,
  FeedbackToKeep,
  KeptFeedback,
} from '../../registry/feedback/feedback-store.ts';
import { StorageError } from '../../registry/store/object-store.ts';
import type { FeedbackQuota } from './feedback-quota.ts';
import type { FeedbackRetention } from './feedback-retention.ts';
import type { PhotoMemory, RememberedPhoto } from './photo-memory.ts';
import { toStoredPhoto, type Reencode } from './stored-photo.ts';

/** A true age or its range, and the photo or the prediction that it belongs to. */
export interface GivenFeedback extends AgeRange {
  /** A label of the sender for where it comes from. */
  source?: string | undefined;
  /** A photo may name the face: its box in pixels of the photo as displayed. */
  of: { bytes: Uint8Array; face?: Box | undefined } | { predictionId: string };
}

/** Who gives feedback. */
export interface FeedbackClient {
  /** For the quota. */
  name: string;
  /** SHA-256 of its API key; undefined where keys are not required, so that submitters are not known. */
  keyDigest: Buffer | undefined;
  /** The name of its API key, for the record. */
  keyName: string | undefined;
}

/** Identity, cancellation and deadline of the request. */
export interface FeedbackScope {
  requestId: string;
  client: FeedbackClient;
  signal: CancelSignal;
  deadlineAtMs: number;
}

type AnswerScope = Omit<FeedbackScope, 'client'>;

/** The answer for a photo, and all faces that were found in it. */
export interface AnsweredFace extends Pick<RememberedPhoto, 'face' | 'answer'> {
  found: readonly Box[];
}

/** Answers photos with the serving model; its methods throw as a prediction does. */
export interface FeedbackAnswers {
  /**
   * Answers the face of a photo.
   * @param face the box of the face, where the photo may show several
   * @throws ServiceError `several_faces`, `no_face`, and those of a prediction
   */
  answer(bytes: Uint8Array, face: Box | undefined, scope: AnswerScope): Promise<AnsweredFace>;
  /** The boxes of all faces in a photo; none where the serving version finds no faces. */
  findFaces(bytes: Uint8Array, scope: AnswerScope): Promise<readonly Box[]>;
}

export interface FeedbackDependencies {
  store: FeedbackStore;
  memory: PhotoMemory;
  retention: Pick<FeedbackRetention, 'requireRoom' | 'count'>;
  quota: Pick<FeedbackQuota, 'admit' | 'charge'>;
  answers: FeedbackAnswers;
  reencode: Reencode;
  /** With `auto`, training uses new feedback at once; with `review`, after someone has accepted it. */
  accept: 'auto' | 'review';
  metrics: Pick<Metrics, 'feedback' | 'feedbackError'>;
  /** The time of day, for the records. */
  today: () => Date;
}

/** What is stored of an answered photo. */
interface FeedbackPhoto {
  stored: Pick<FeedbackToKeep, 'photo' | 'face'>;
  answer: FeedbackAnswer;
  origin: FeedbackOrigin;
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
   * Stores a photo, or what surrounds its face, with the true age. Where the same API key has stored it with this age, nothing changes; what others
   * have stored does not matter and is not revealed. The quota is charged once the photo and the age are known to be
   * valid.
   * @throws ServiceError as a prediction does where the photo cannot be answered; `prediction_forgotten`, `rate_limited`,
   * `feedback_conflict`, `feedback_full`, `feedback_unavailable`
   */
  give(given: GivenFeedback, scope: FeedbackScope): Promise<KeptFeedback> {
    return this.#countingFailures(scope.signal, async () => {
      const { store, quota, retention, accept, metrics, today } = this.#dependencies;
      const { client, requestId } = scope;
      const { stored, answer, origin } = await this.#photoOf(given, scope);
      retention.requireRoom(stored.photo.jpeg.length);
      quota.charge(client.name);
      const kept = await store.add({
        ...stored,
        minAge: given.minAge,
        maxAge: given.maxAge,
        keyName: client.keyName ?? null,
        source: given.source ?? null,
        state: accept === 'auto' ? 'accepted' : 'pending',
        requestId,
        origin,
        answer,
        at: today(),
        submitter: client.keyDigest,
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

  /** The answered photo as it is stored. */
  async #photoOf(
    { of }: GivenFeedback,
    { client, ...scope }: FeedbackScope,
  ): Promise<FeedbackPhoto> {
    const { answers } = this.#dependencies;
    if ('bytes' in of) {
      const { bytes } = of;
      const { face, answer, found } = await answers.answer(bytes, of.face, scope);
      const stored = await this.#store({ bytes, crop: undefined, face }, found, scope);
      return { stored, answer, origin: { kind: 'upload' } };
    }
    const { predictionId } = of;
    const remembered = this.#recall(predictionId, client);
    const { bytes, face, answer } = remembered;
    const found = face === undefined ? [] : await answers.findFaces(bytes, scope);
    const stored = await this.#store(remembered, found, scope);
    return { stored, answer, origin: { kind: 'prediction', predictionId } };
  }

  #store(
    photo: Omit<RememberedPhoto, 'answer'>,
    found: readonly Box[],
    { signal }: AnswerScope,
  ): Promise<FeedbackPhoto['stored']> {
    const { reencode } = this.#dependencies;
    return toStoredPhoto(photo, found, (options) => reencode(photo.bytes, options, signal));
  }

  #recall(id: string, { keyDigest }: FeedbackClient): RememberedPhoto {
    const owner = keyDigest?.toString('base64');
    const remembered = this.#dependencies.memory.recall({ id, owner });
    if (remembered !== undefined) return remembered;
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
