/**
 * @typedef {{ label: string, min: number, max: number, probability: number }} Bucket
 * @typedef {{ age: number, probability: number, decision: 'yes' | 'no' | 'uncertain' }} Threshold
 * @typedef {{ x: number, y: number, width: number, height: number }} Box in pixels of the photo as displayed
 * @typedef {{ code: string, severity: 'minor' | 'severe' }} Warning
 * @typedef {{
 *   face?: { box: Box }, bucket: Bucket, buckets: Bucket[], atLeast: Threshold[], warningDetails: Warning[],
 *   age: { median: number, interval: { level: number, low: number, high: number } },
 * }} Face what the service answers about one face; without `face` it is the photo or its crop
 * @typedef {{ name: string, version: number, engine: string, device: string, precision?: string }} Model
 * @typedef {{ faces: Face[], model: Model, ms: number, ages: string, findsFaces: boolean }} Answer
 *   `ages` are the thresholds that were asked for, and `findsFaces` is false if the version of the model cannot find faces
 * @typedef {{ left: number, top: number, side: number }} Square in pixels of the photo as displayed
 * @typedef {{ faces: 'all' | 'none', square?: Square }} Wanted
 *   all faces of the photo, or the one that the square contains; without a square it is the largest one in the middle
 * @typedef {{ buckets: string, key: string, threshold: number }} Settings
 */

/** Every age that the slider can select. */
export const EVERY_AGE = Array.from({ length: 100 }, (_, index) => index + 1).join(',');

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
 * @param {Wanted} wanted
 * @param {Pick<Settings, 'buckets'>} settings
 * @param {string} ages thresholds, separated by commas; may be empty
 */
export function queryOf({ faces, square }, { buckets }, ages) {
  // A crop without `faces` is the face itself.
  const query =
    square === undefined
      ? [`faces=${faces}`]
      : [`crop=${square.left},${square.top},${square.side},${square.side}`];
  if (buckets !== '') query.push(`buckets=${encodeURIComponent(buckets).replaceAll('%2C', ',')}`);
  if (ages !== '') query.push(`atLeast=${ages}`);
  return `?${query.join('&')}`;
}

/**
 * Requests the answer for a photo. If the version of the model cannot find faces, the answer is that for the largest square
 * in the middle, and says so.
 * @param {Blob} photo
 * @param {Wanted} wanted
 * @param {Settings} settings
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 * @throws {ServiceFault}
 */
export async function ask(photo, wanted, settings, signal) {
  try {
    return await askAges(photo, wanted, settings, signal);
  } catch (fault) {
    if (wanted.faces === 'none' || !isAbout(fault, 'faces: ')) throw fault;
    const answer = await askAges(photo, { faces: 'none' }, settings, signal);
    return { ...answer, findsFaces: false };
  }
}

/**
 * Asks for every threshold, so that the slider needs no further request, or else for as many as the service answers.
 * @param {Blob} photo
 * @param {Wanted} wanted
 * @param {Settings} settings
 * @param {AbortSignal} signal
 */
async function askAges(photo, wanted, settings, signal) {
  const send = (/** @type {string} */ ages) => post(photo, wanted, settings, ages, signal);
  try {
    return await send(EVERY_AGE);
  } catch (fault) {
    // A model that outputs buckets has no probabilities for ages between their edges.
    if (fault instanceof ServiceFault && fault.code === 'edge_not_supported') return send('');
    // A server that answers for hundreds of faces limits the number of thresholds.
    if (isAbout(fault, 'fewer buckets and atLeast')) return send(String(settings.threshold));
    throw fault;
  }
}

/** @param {unknown} fault @param {string} subject a part of the message */
function isAbout(fault, subject) {
  return (
    fault instanceof ServiceFault &&
    fault.code === 'invalid_query' &&
    fault.message.includes(subject)
  );
}

/**
 * @param {Blob} photo
 * @param {Wanted} wanted
 * @param {Settings} settings
 * @param {string} ages
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function post(photo, wanted, settings, ages, signal) {
  const { key } = settings;
  const startedAt = performance.now();
  const response = await fetch(`v1/predict${queryOf(wanted, settings, ages)}`, {
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
  const { model, predictions } =
    /** @type {{ model: Model, predictions: [Face | { faces: Face[] }] }} */ (body);
  const faces = 'faces' in predictions[0] ? predictions[0].faces : [predictions[0]];
  return { model, faces, ages, findsFaces: true, ms: performance.now() - startedAt };
}

/** @param {number} status @param {unknown} body */
function toFault(status, body) {
  const { code, title, detail } =
    /** @type {{ code?: string, title?: string, detail?: string }} */ (body);
  if (code === undefined) return new ServiceFault('unknown', `The server answered ${status}.`);
  return new ServiceFault(code, `${title}. ${detail}`);
}
