/**
 * @typedef {{ label: string, min: number, max: number, probability: number }} Bucket
 * @typedef {{ age: number, probability: number, decision: 'yes' | 'no' | 'uncertain' }} Threshold
 * @typedef {{
 *   bucket: Bucket, buckets: Bucket[], atLeast: Threshold[], warnings: string[],
 *   age: { mean: number, interval: { level: number, low: number, high: number } },
 * }} Prediction
 * @typedef {{ name: string, version: number, engine: string, device: string, precision?: string }} Model
 * @typedef {{ prediction: Prediction, model: Model, ms: number }} Answer
 * @typedef {{ left: number, top: number, side: number }} Square in pixels of the photo as displayed
 * @typedef {{ buckets: string, key: string }} Settings
 */

/** Every age that the slider can select. */
const EVERY_AGE = Array.from({ length: 100 }, (_, index) => index + 1).join(',');

/** An error of the service. Its message is shown to the user. */
export class ServiceFault extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * The query string of a prediction request.
 * @param {Square | undefined} square
 * @param {Pick<Settings, 'buckets'>} settings
 * @param {string} ages thresholds, separated by commas; may be empty
 */
export function queryOf(square, { buckets }, ages) {
  const query = [];
  if (square !== undefined) {
    query.push(`crop=${square.left},${square.top},${square.side},${square.side}`);
  }
  if (buckets !== '') query.push(`buckets=${encodeURIComponent(buckets).replaceAll('%2C', ',')}`);
  if (ages !== '') query.push(`atLeast=${ages}`);
  return query.length === 0 ? '' : `?${query.join('&')}`;
}

/**
 * Requests the prediction for a photo.
 * @param {Blob} photo
 * @param {Square | undefined} square
 * @param {Settings} settings
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 * @throws {ServiceFault}
 */
export async function ask(photo, square, settings, signal) {
  try {
    return await post(photo, queryOf(square, settings, EVERY_AGE), settings, signal);
  } catch (fault) {
    // A model that outputs buckets has no probabilities for ages between their edges.
    if (!(fault instanceof ServiceFault) || fault.code !== 'edge_not_supported') throw fault;
    return post(photo, queryOf(square, settings, ''), settings, signal);
  }
}

/**
 * @param {Blob} photo
 * @param {string} query
 * @param {Settings} settings
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function post(photo, query, { key }, signal) {
  const startedAt = performance.now();
  const response = await fetch(`v1/predict${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream', ...(key ? { 'X-API-Key': key } : {}) },
    body: photo,
    signal,
  }).catch((/** @type {unknown} */ error) => {
    if (signal.aborted) throw error;
    throw new ServiceFault('unreachable', 'The server does not answer. Is it still running?');
  });
  /** @type {unknown} */
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw toFault(response.status, body);
  const { model, predictions } = /** @type {{ model: Model, predictions: [Prediction] }} */ (body);
  return { model, prediction: predictions[0], ms: performance.now() - startedAt };
}

/** @param {number} status @param {unknown} body */
function toFault(status, body) {
  const { code, title, detail } =
    /** @type {{ code?: string, title?: string, detail?: string }} */ (body);
  if (code === undefined) return new ServiceFault('unknown', `The server answered ${status}.`);
  return new ServiceFault(code, `${title}. ${detail}`);
}
