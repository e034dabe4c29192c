/*
 * The JavaScript client of release 0.1 as programs out there have it: src/client as of commit b489232 (last changed in
 * 97a436c), compiled by `tsc -p tsconfig.build.json` and bundled by esbuild into one module. It is kept to show that later
 * servers still answer it; never edit it.
 */
// client/client-error.js
var FaceAgeError = class extends Error {
  name = "FaceAgeError";
  status;
  /** Such as `image_undecodable`; `unknown` where something in between answered. */
  code;
  /** Names the request in the service's log. */
  requestId;
  /** How long the service asked to wait. */
  retryAfterMs;
  constructor(status, problem, retryAfterMs) {
    super(problem.detail ?? problem.title ?? `The service answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.requestId = problem.requestId;
    this.retryAfterMs = retryAfterMs;
  }
};
var FaceAgeConnectionError = class extends Error {
  name = "FaceAgeConnectionError";
};
async function errorOf(response, nowMs) {
  const text = await response.text().catch(() => "");
  return new FaceAgeError(response.status, problemOf(text), retryAfterOf(response.headers.get("retry-after"), nowMs));
}
function problemOf(text) {
  try {
    const document = JSON.parse(text);
    return typeof document === "object" && document !== null ? document : {};
  } catch {
    return {};
  }
}
function retryAfterOf(header, nowMs) {
  if (header === null)
    return void 0;
  if (/^\d+$/.test(header))
    return Number(header) * 1e3;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? void 0 : Math.max(0, atMs - nowMs);
}

// client/in-order.js
async function* inOrder(items, concurrency, work) {
  const underWay = [];
  let index = 0;
  for await (const item of items) {
    underWay.push(work(item, index));
    index += 1;
    if (underWay.length >= concurrency)
      yield await underWay.shift();
  }
  while (underWay.length > 0)
    yield await underWay.shift();
}

// client/predict-options.js
function queryOf(options) {
  const { atLeast, confidence, buckets, crop, margin, model } = options;
  const given = {
    atLeast: atLeast === void 0 || atLeast.length === 0 ? void 0 : atLeast.join(","),
    confidence,
    buckets: buckets?.map(([min, max]) => `${min}-${max}`).join(","),
    crop: typeof crop === "object" ? [crop.x, crop.y, crop.width, crop.height].join(",") : crop,
    margin,
    model
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (value !== void 0)
      query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}

// client/retry.js
var FIRST_WAIT_MS = 250;
async function withRetries(attempt, { retries, retryMaxWaitMs, signal }) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      const waitMs = waitAfter(error, tries);
      if (waitMs === void 0 || tries >= retries || waitMs > retryMaxWaitMs)
        throw error;
      await wait(waitMs, signal);
    }
  }
}
function waitAfter(error, tries) {
  const backOffMs = FIRST_WAIT_MS * 2 ** tries * (0.5 + Math.random() / 2);
  if (error instanceof FaceAgeConnectionError)
    return backOffMs;
  if (!(error instanceof FaceAgeError))
    return void 0;
  if (error.status !== 429 && error.status !== 503)
    return void 0;
  return error.retryAfterMs ?? backOffMs;
}
function wait(ms, signal) {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

// client/client.js
var FaceAgeClient = class {
  #origin;
  #options;
  /** @param origin such as `http://localhost:3000`; a path before the service's own is kept */
  constructor(origin, options = {}) {
    this.#origin = String(origin).replace(/\/+$/, "");
    this.#options = options;
  }
  /**
   * Asks about one photo.
   * @throws FaceAgeError with the service's code; FaceAgeConnectionError; the signal's reason
   */
  async predict(photo, options = {}) {
    const path = `/v1/predict${queryOf(options)}`;
    const headers = { "content-type": "application/octet-stream" };
    const body = photo;
    const { signal } = options;
    const answer = await this.#ask({ method: "POST", path, body, headers, signal });
    const { model, predictions, requestId } = answer;
    return { prediction: predictions[0], model, requestId };
  }
  /**
   * Asks about many photos, several at a time, and gives the outcomes in their order. A photo that cannot be answered
   * does not stop the others; the signal does. The photos may be read as they are needed (an async iterable).
   * @throws the signal's reason, and what the iterable throws
   */
  async *predictAll(photos, { concurrency = 4, ...options } = {}) {
    if (!(concurrency >= 1))
      throw new RangeError("concurrency: give 1 or more");
    const ask = (photo, index) => this.predict(photo, options).then((answer) => ({ index, ok: true, ...answer }), (error) => ({ index, ok: false, error }));
    for await (const outcome of inOrder(photos, concurrency, ask)) {
      options.signal?.throwIfAborted();
      yield outcome;
    }
  }
  /** Which versions there are, and which answer. */
  models(signal) {
    return this.#ask({ method: "GET", path: "/v1/models", signal });
  }
  /**
   * Tells the true age for a prediction that the service still remembers, where it takes feedback.
   * @returns the feedback's id, for `deleteFeedback`
   */
  feedback(predictionId, age, signal) {
    return this.#ask({
      method: "POST",
      path: "/v1/feedback",
      body: JSON.stringify({ predictionId, age }),
      headers: { "content-type": "application/json" },
      signal
    });
  }
  async deleteFeedback(id, signal) {
    const path = `/v1/feedback/${encodeURIComponent(id)}`;
    await this.#ask({ method: "DELETE", path, signal });
  }
  #ask(request) {
    const { retries = 3, retryMaxWaitMs = 1e4 } = this.#options;
    return withRetries(() => this.#send(request), {
      retries,
      retryMaxWaitMs,
      signal: request.signal
    });
  }
  async #send({ method, path, body, headers, signal }) {
    const { timeoutMs = 3e4, fetch: send = fetch } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const own = signal === void 0 ? timeout : AbortSignal.any([signal, timeout]);
    const init = { method, headers: { ...this.#headers(), ...headers }, signal: own };
    if (body !== void 0)
      init.body = body;
    try {
      const response = await send(this.#origin + path, init);
      if (!response.ok)
        throw await errorOf(response, Date.now());
      return response.status === 204 ? void 0 : await response.json();
    } catch (error) {
      signal?.throwIfAborted();
      throw timeout.aborted ? new FaceAgeConnectionError(`no answer within ${timeoutMs} ms`) : told(error);
    }
  }
  #headers() {
    const { apiKey, clientKey } = this.#options;
    return {
      accept: "application/json",
      ...apiKey === void 0 ? {} : { "x-api-key": apiKey },
      ...clientKey === void 0 ? {} : { "x-client-key": clientKey }
    };
  }
};
function told(error) {
  if (!(error instanceof TypeError))
    return error;
  const cause = error.cause instanceof Error ? `: ${error.cause.message || error.cause.name}` : "";
  return new FaceAgeConnectionError(`the service cannot be reached${cause}`, { cause: error });
}
export {
  FaceAgeClient,
  FaceAgeConnectionError,
  FaceAgeError
};
