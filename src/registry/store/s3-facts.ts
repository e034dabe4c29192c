/** The details that the SDK reports about a failed request. */
export interface S3Facts {
  /** The server's code, such as `AccessDenied`, or the name of an error of this side. */
  name: string;
  /** Of an error of the connection, such as `ECONNREFUSED`. */
  code: string;
  message: string;
  status: number | undefined;
  attempts: number;
  /** The region that the server names as the right one. */
  region: string | undefined;
  /** Where the answer sends the client, for a redirect. */
  redirect: string | undefined;
}

/** The codes with which servers refuse credentials that are unknown, wrong or too old. */
export const REFUSED_CREDENTIALS: readonly string[] = [
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
];

/** What the SDK attaches to the errors that it throws. */
interface ThrownDetails {
  name?: string;
  code?: string;
  message?: string;
  Region?: string;
  Endpoint?: string;
  $metadata?: { httpStatusCode?: number; attempts?: number };
  $response?: { statusCode?: number; headers?: Record<string, string> };
}

export function s3FactsOf(error: unknown): S3Facts {
  // If a host has several addresses, Node collects the errors of all attempts in one error without details of its own.
  const first = (error instanceof AggregateError ? error.errors[0] : error) as unknown;
  const { name = '', code = '', message = String(first) } = (first ?? {}) as ThrownDetails;
  return { name, code, message, ...answerOf(error ?? {}) };
}

function answerOf({
  $metadata = {},
  $response = {},
  Region,
  Endpoint,
}: ThrownDetails): Pick<S3Facts, 'status' | 'attempts' | 'region' | 'redirect'> {
  const { headers = {} } = $response;
  return {
    status: $metadata.httpStatusCode ?? $response.statusCode,
    attempts: $metadata.attempts ?? 1,
    region: headers['x-amz-bucket-region'] ?? Region,
    redirect: headers.location ?? Endpoint,
  };
}
