import type { FaceAnswer, ModelIdentity, ModelsAnswer, PhotoFaces, Prediction } from './answers.ts';
import { errorOf, FaceAgeConnectionError } from './client-error.ts';
import { inOrder } from './in-order.ts';
import { queryOf, type FacesOptions, type PredictOptions } from './predict-options.ts';
import { TIMER_MAX_MS, withRetries } from './retry.ts';

export type * from './answers.ts';
export { FaceAgeConnectionError, FaceAgeError } from './client-error.ts';
export type { FacesOptions, PredictOptions } from './predict-options.ts';

/** The bytes of a photo's file, as a file input, `fetch` or `readFile` returns them. */
export type Photo = Blob | ArrayBuffer | Uint8Array;

export interface FaceAgeClientOptions {
  /** The API key, if the service requires one. Never ship it to browsers. */
  apiKey?: string;
  /** Identifies the person or device, so that a canary release always treats it the same. */
  clientKey?: string;
  /** Number of retries if the service is at capacity, not ready or unreachable; 3 by default. */
  retries?: number;
  /** Longest wait before a retry; 10 s by default. */
  retryMaxWaitMs?: number;
  /** Time limit of one request; 30 s by default. */
  timeoutMs?: number;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch;
}

/** The answer for one photo, and the model that gave it. */
export interface PhotoAnswer {
  prediction: Prediction;
  model: ModelIdentity;
  requestId: string;
}

/** The answers for all faces of one photo, largest first, and the model that gave them. */
export interface FacesAnswer {
  /** Empty where no face was found. */
  faces: FaceAnswer[];
  model: ModelIdentity;
  requestId: string;
}

/** One of several photos: its index, and its answer or error. */
export type PhotoOutcome =
  ({ index: number; ok: true } & PhotoAnswer) | { index: number; ok: false; error: unknown };

export interface PredictAllOptions extends PredictOptions {
  /** Number of concurrent requests; 4 by default. */
  concurrency?: number;
}

/** The service's answer for one photo. */
interface OnePhotoAnswer<One> {
  model: ModelIdentity;
  predictions: [One];
  requestId: string;
}

type Body = NonNullable<RequestInit['body']>;

interface Request {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: Body;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** A client of one face-age service. It needs only `fetch`, which Node 20 and browsers have. */
export class FaceAgeClient {
  readonly #origin: string;
  readonly #options: FaceAgeClientOptions;

  /** @param origin such as `http://localhost:3000`; it may include a path prefix */
  constructor(origin: string | URL, options: FaceAgeClientOptions = {}) {
    this.#origin = withoutSlashes(String(origin));
    this.#options = options;
  }

  /**
   * Estimates the age of the largest face in one photo, or of the framed face (see `faces`).
   * @throws FaceAgeError with the service's code, such as `no_face`; FaceAgeConnectionError; the signal's reason
   */
  async predict(photo: Photo, options: PredictOptions = {}): Promise<PhotoAnswer> {
    const answer = await this.#predict<Prediction>(photo, queryOf(options), options.signal);
    const { model, predictions, requestId } = answer;
    return { prediction: predictions[0], model, requestId };
  }

  /**
   * Estimates the ages of all faces in one photo. A photo without faces is no error.
   * @throws as `predict`
   */
  async predictFaces(photo: Photo, options: FacesOptions = {}): Promise<FacesAnswer> {
    const query = queryOf({ ...options, faces: 'all' });
    const answer = await this.#predict<PhotoFaces>(photo, query, options.signal);
    const { model, predictions, requestId } = answer;
    return { faces: predictions[0].faces, model, requestId };
  }

  /**
   * Estimates the ages in many photos, several at a time, and yields the outcomes in order. A photo that fails does not
   * stop the others; the signal does. With an async iterable, photos are read as they are needed.
   * @throws the signal's reason, and errors of the iterable
   */
  async *predictAll(
    photos: Iterable<Photo> | AsyncIterable<Photo>,
    { concurrency = 4, ...options }: PredictAllOptions = {},
  ): AsyncGenerator<PhotoOutcome, void, undefined> {
    if (!(concurrency >= 1)) throw new RangeError('concurrency must be at least 1');
    const ask = (photo: Photo, index: number): Promise<PhotoOutcome> =>
      this.predict(photo, options).then(
        (answer) => ({ index, ok: true, ...answer }),
        (error: unknown) => ({ index, ok: false, error }),
      );
    for await (const outcome of inOrder(photos, concurrency, ask)) {
      options.signal?.throwIfAborted();
      yield outcome;
    }
  }

  /** Lists the versions and reports which of them answer. */
  models(signal?: AbortSignal): Promise<ModelsAnswer> {
    return this.#ask({ method: 'GET', path: '/v1/models', signal });
  }

  /**
   * Submits the true age for a prediction that the service still remembers, if it accepts feedback.
   * @returns the feedback's id, for `deleteFeedback`
   */
  feedback(predictionId: string, age: number, signal?: AbortSignal): Promise<{ id: string }> {
    return this.#ask({
      method: 'POST',
      path: '/v1/feedback',
      body: JSON.stringify({ predictionId, age }),
      headers: { 'content-type': 'application/json' },
      signal,
    });
  }

  async deleteFeedback(id: string, signal?: AbortSignal): Promise<void> {
    const path = `/v1/feedback/${encodeURIComponent(id)}`;
    await this.#ask({ method: 'DELETE', path, signal });
  }

  #predict<One>(
    photo: Photo,
    query: string,
    signal: AbortSignal | undefined,
  ): Promise<OnePhotoAnswer<One>> {
    const path = `/v1/predict${query}`;
    const headers = { 'content-type': 'application/octet-stream' };
    return this.#ask({ method: 'POST', path, body: photo as Body, headers, signal });
  }

  #ask<Answer>(request: Request): Promise<Answer> {
    const { retries = 3, retryMaxWaitMs = 10_000 } = this.#options;
    return withRetries(() => this.#send<Answer>(request), {
      retries,
      retryMaxWaitMs,
      signal: request.signal,
    });
  }

  async #send<Answer>({ method, path, body, headers, signal }: Request): Promise<Answer> {
    const { timeoutMs = 30_000, fetch: send = fetch } = this.#options;
    const timeout = AbortSignal.timeout(Math.min(timeoutMs, TIMER_MAX_MS));
    const own = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const init: RequestInit = { method, headers: { ...this.#headers(), ...headers }, signal: own };
    if (body !== undefined) init.body = body;
    try {
      const response = await send(this.#origin + path, init);
      if (!response.ok) throw await errorOf(response, Date.now());
      return (response.status === 204 ? undefined : await response.json()) as Answer;
    } catch (error) {
      signal?.throwIfAborted();
      throw timeout.aborted
        ? new FaceAgeConnectionError(`no answer within ${timeoutMs} ms`)
        : connectionErrorOf(error);
    }
  }

  #headers(): Record<string, string> {
    const { apiKey, clientKey } = this.#options;
    return {
      accept: 'application/json',
      ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
      ...(clientKey === undefined ? {} : { 'x-client-key': clientKey }),
    };
  }
}

/** Counted from the end, as a regular expression takes quadratic time for a long run elsewhere. */
function withoutSlashes(origin: string): string {
  let end = origin.length;
  while (end > 0 && origin[end - 1] === '/') end -= 1;
  return origin.slice(0, end);
}

/** `fetch` throws a TypeError for any connection problem; its cause has the details. */
function connectionErrorOf(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  const cause = error.cause instanceof Error ? `: ${error.cause.message || error.cause.name}` : '';
  return new FaceAgeConnectionError(`the service cannot be reached${cause}`, { cause: error });
}
