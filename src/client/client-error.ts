import type { Problem } from './answers.ts';

/** The service answered with an error; `code` is one of its documented error codes. */
export class FaceAgeError extends Error {
  override readonly name = 'FaceAgeError';
  readonly status: number;
  /** Such as `image_undecodable`; `unknown` if a proxy answered instead of the service. */
  readonly code: string;
  /** The id of the request in the service's log. */
  readonly requestId: string | undefined;
  /** The wait that the service asked for. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, problem: Partial<Problem>, retryAfterMs?: number) {
    super(problem.detail ?? problem.title ?? `The service answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.requestId = problem.requestId;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The service could not be reached or did not answer in time. */
export class FaceAgeConnectionError extends Error {
  override readonly name = 'FaceAgeConnectionError';
}

/**
 * Reads an unsuccessful response.
 * @param nowMs for a `Retry-After` that is a date (RFC 9110, section 10.2.3)
 */
export async function errorOf(response: Response, nowMs: number): Promise<FaceAgeError> {
  const text = await response.text().catch(() => '');
  return new FaceAgeError(
    response.status,
    problemOf(text),
    retryAfterOf(response.headers.get('retry-after'), nowMs),
  );
}

function problemOf(text: string): Partial<Problem> {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === 'object' && document !== null ? document : {};
  } catch {
    return {};
  }
}

function retryAfterOf(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
