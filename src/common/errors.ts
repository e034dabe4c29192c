import { shorten } from './text/shorten.ts';

/**
 * Every error that a client can receive, with its HTTP status and title (RFC 9457 problem details).
 * A test compares the table in docs/errors.md with this one.
 */
export const errorTable = {
  malformed_request: { status: 400, title: 'The request could not be understood' },
  no_image: { status: 400, title: 'The request holds no image' },
  invalid_query: { status: 400, title: 'A query parameter is not valid' },
  edge_not_supported: { status: 400, title: 'The model cannot answer for this age edge' },
  unauthorized: { status: 401, title: 'A token is needed' },
  admin_off: { status: 403, title: 'The admin routes are switched off' },
  forbidden: { status: 403, title: 'The token does not open this route' },
  cross_origin: { status: 403, title: 'Web pages of other origins may not do this' },
  route_not_found: { status: 404, title: 'No such route' },
  model_not_found: { status: 404, title: 'No such model version or alias' },
  feedback_off: { status: 404, title: 'Feedback is switched off' },
  feedback_not_found: { status: 404, title: 'No such feedback' },
  prediction_forgotten: { status: 404, title: 'No photo of this prediction is remembered' },
  method_not_allowed: { status: 405, title: 'The route does not take this method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  alias_moved: { status: 409, title: 'The alias points to another version' },
  model_not_loaded: { status: 409, title: 'This model version is not loaded' },
  feedback_conflict: { status: 409, title: 'You have sent this photo with another age' },
  retrain_running: { status: 409, title: 'A retraining is under way' },
  image_too_large: { status: 413, title: 'The image has too many bytes' },
  request_too_large: { status: 413, title: 'The request has too many bytes' },
  too_many_images: { status: 413, title: 'The request holds too many images' },
  too_many_fields: { status: 413, title: 'The form has too many fields' },
  too_many_pixels: { status: 413, title: 'The image has too many pixels' },
  decoding_too_costly: { status: 413, title: 'Decoding takes too much memory or time' },
  unsupported_media_type: { status: 415, title: 'The body type is not supported' },
  unsupported_image_format: { status: 415, title: 'The image format is not supported' },
  expectation_failed: { status: 417, title: 'The server cannot do what Expect asks for' },
  host_not_allowed: { status: 421, title: 'The server does not answer for this host' },
  image_undecodable: { status: 422, title: 'The image could not be decoded' },
  crop_outside_image: { status: 422, title: 'The crop reaches beyond the image' },
  no_face: { status: 422, title: 'No face was found' },
  several_faces: { status: 422, title: 'The image shows several faces' },
  image_too_small: { status: 422, title: 'The image is too small' },
  queue_full: { status: 429, title: 'The server is at capacity' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers have too many bytes' },
  internal: { status: 500, title: 'The server failed' },
  cannot_train: { status: 501, title: 'This installation cannot train' },
  inference_failed: { status: 503, title: 'The model could not answer' },
  decoder_unavailable: { status: 503, title: 'The decoder is not available' },
  model_not_ready: { status: 503, title: 'No model is ready' },
  registry_unavailable: { status: 503, title: 'The model registry does not answer' },
  feedback_unavailable: { status: 503, title: 'The feedback store does not answer' },
  uploads_full: { status: 503, title: 'The server has no memory for more uploads' },
  shutting_down: { status: 503, title: 'The server is shutting down' },
  deadline_exceeded: { status: 504, title: 'The answer took too long' },
  feedback_full: { status: 507, title: 'The feedback store is full' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorTable;

/** An RFC 9457 problem document. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  requestId: string;
  /** The problem of each image, if every image of a request failed. */
  errors?: { index: number; filename?: string; error: Omit<Problem, 'errors'> }[];
}

/** Far more than any detail needs: a last bound where a part of it comes from outside. */
const DETAIL_MAX_LENGTH = 600;

/** An error of the table. `detail` is shown to the client: it says what to do and contains no secret. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(
      shorten(detail, DETAIL_MAX_LENGTH),
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = 'ServiceError';
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return errorTable[this.code].status;
  }
}

/** Converts any error that is not a ServiceError to `internal`; its message appears only in the log. */
export function toServiceError(thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  return new ServiceError('internal', 'An unexpected error; the log has it under this requestId.', {
    cause: thrown,
  });
}

/** The problem document of an error. */
export function toProblem(error: ServiceError, requestId: string): Problem {
  const { status, title } = errorTable[error.code];
  return {
    type: `urn:face-age:error:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    requestId,
  };
}

/** The message of any thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
