import type { ModelIdentity, ModelsAnswer, Prediction } from './answers.ts';
import { errorOf, FaceAgeConnectionError } from './client-error.ts';
import { inOrder } from './in-order.ts';
import { queryOf, type PredictOptions } from './predict-options.ts';
import { withRetries } from './retry.ts';

export type * from './answers.ts';
export { FaceAgeConnectionError, FaceAgeError } from './client-error.ts';
export type { PredictOptions } from './predict-options.ts';

/** A photo's file: what a file input, `fetch` or `readFile` gives. */
export type Photo = Blob | ArrayBuffer | Uint8Array;

export interface FaceAgeClientOptions {
  /** Where the service wants one. Never ship it to browsers. */
  apiKey?: string;
  /** Names the person or device asking, so that a canary release treats it always the same. */
  clientKey?: string;
  /** Tries after the first, where the service is at capacity, not ready or cannot be reached; 3 by default. */
  retries?: number;
  /** Longest wait before another try; 10 s by default. */
  retryMaxWaitMs?: number;
  /** Longest wait for one answer; 30 s by default. */
  timeoutMs?: number;
  /** Instead of the global one. */
  fetch?: typeof fetch;
}

/** One photo's answer, with who gave it. */
export interface PhotoAnswer {
  prediction: Prediction;
  model: ModelIdentity;
  requestId: string;
}

/** One photo of many: its place, and its answer or why there is none. */
export type PhotoOutcome =
  ({ index: number; ok: true } & PhotoAnswer) | { index: number; ok: false; error: unknown };

export interface PredictAllOptions extends PredictOptions {
  /** Requests at a time; 4 by default. */
  concurrency?: number;
}

type Body = NonNullable<RequestInit['body']>;

interface Request {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: Body;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Talks to one face-age service. Needs nothing but `fetch`: Node 20 and browsers have it. */
export class FaceAgeClient {
  readonly #origin: string;
  readonly #options: FaceAgeClientOptions;

  /** @param origin such as `http://localhost:3000`; a path before the service's own is kept */
  constructor(origin: string | URL, options: FaceAgeClientOptions = {}) {
    this.#origin = String(origin).replace(/\/+$/, '');
    this.#options = options;
  }

  /**
   * Asks about one photo.
   * @throws FaceAgeError with the service's code; FaceAgeConnectionError; the signal's reason
   */
  async predict(photo: Photo, options: PredictOptions = {}): Promise<PhotoAnswer> {
    const path = `/v1/predict${queryOf(options)}`;
    const headers = { 'content-type': 'application/octet-stream' };
    const body = photo as Body;
    const { signal } = options;
    const answer = await this.#ask<{
      model: ModelIdentity;
      predictions: [Prediction];
      requestId: string;
    }>({ method: 'POST', path, body, headers, signal });
    const { model, predictions, requestId } = answer;
    return { prediction: predictions[0], model, requestId };
  }

  /**
   * Asks about many photos, several at a time, and gives the outcomes in their order. A photo that cannot be answered
   * does not stop the others; the signal does. The photos may be read as they are needed (an async iterable).
   * @throws the signal's reason, and what the iterable throws
   */
  async *predictAll(
    photos: Iterable<Photo> | AsyncIterable<Photo>,
    { concurrency = 4, ...options }: PredictAllOptions = {},
  ): AsyncGenerator<PhotoOutcome, void, undefined> {
    if (!(concurrency >= 1)) throw new RangeError('concurrency: give 1 or more');
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

  /** Which versions there are, and which answer. */
  models(signal?: AbortSignal): Promise<ModelsAnswer> {
    return this.#ask({ method: 'GET', path: '/v1/models', signal });
  }

  /**
   * Tells the true age for a prediction that the service still remembers, where it takes feedback.
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
    const timeout = AbortSignal.timeout(timeoutMs);
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
        : text(error);
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

/** What `fetch` throws is a TypeError whatever was wrong; the cause says what. */
function text(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  const cause = error.cause instanceof Error ? `: ${error.cause.message || error.cause.name}` : '';
  return new FaceAgeConnectionError(`the service cannot be reached${cause}`, { cause: error });
}
