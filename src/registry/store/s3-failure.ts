import { StorageError } from './object-store.ts';

/** What the SDK says of an error of a request, where there is something to say. */
interface Facts {
  name: string;
  code: string;
  message: string;
  status: number | undefined;
  attempts: number;
}

function factsOf(error: unknown): Facts {
  // Where a host has several addresses, Node tells of all attempts in one error, which itself says nothing.
  const text = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { name = '', code = '', message = String(text) } = (text ?? {}) as Partial<Facts>;
  const { $metadata } = (error ?? {}) as {
    $metadata?: { httpStatusCode?: number; attempts?: number };
  };
  return {
    name,
    code,
    message,
    status: $metadata?.httpStatusCode,
    attempts: $metadata?.attempts ?? 1,
  };
}

/** The answer to a conditional GET of what has not changed; the SDK throws it. */
export const isNotModified = (error: unknown): boolean => factsOf(error).status === 304;

export function isMissingObject(error: unknown): boolean {
  const { status, name } = factsOf(error);
  return status === 404 && name !== 'NoSuchBucket';
}

/** Whether a conditional PUT met another writer. Servers answer 412 or 409, and 404 where the object is gone. */
export function isLostRace(error: unknown): boolean {
  const { status } = factsOf(error);
  return status === 412 || status === 409 || isMissingObject(error);
}

/** Whether the request was sent more than once: an earlier attempt may have done its work unheard. */
export const wasRetried = (error: unknown): boolean => factsOf(error).attempts > 1;

const CONNECTION_CODES = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE'];

/** Whether a transfer may succeed when it is tried again. */
export function isTransient(error: unknown): boolean {
  const { status, code, name, message } = factsOf(error);
  if (status !== undefined && status >= 300) return status >= 500 || status === 429;
  return (
    CONNECTION_CODES.includes(code) ||
    name === 'TimeoutError' ||
    message.startsWith('Connection lost')
  );
}

const CREDENTIALS = [
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
];
const UNREACHABLE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** @param action what could not be done, with its object: `read s3://bucket/key` */
export function s3Failure(action: string, cause: unknown): StorageError {
  const reason = isLocal(cause) ? cause.message : explain(factsOf(cause));
  return new StorageError(`cannot ${action}: ${reason}`, { cause });
}

const DISK_CODES = ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EIO'];

/** Whether it is not the server's doing: of the disk, or found out here. */
function isLocal(error: unknown): error is Error {
  return error instanceof StorageError || DISK_CODES.includes(factsOf(error).code);
}

function explain(facts: Facts): string {
  const { name, code, message, status } = facts;
  if (name === 'CredentialsProviderError') {
    return `no credentials were found (${message}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile or role`;
  }
  if (CREDENTIALS.includes(name)) {
    return `the credentials are refused (${name}); check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN`;
  }
  if (name === 'RequestTimeTooSkewed') {
    return `the request's time is refused (${message}); check the clock of this machine`;
  }
  if (status === 401 || status === 403) {
    return `access is denied (${name}); check the credentials and what they are allowed to do`;
  }
  if (name === 'NoSuchBucket') {
    return 'there is no such bucket; check the location, AWS_ENDPOINT_URL_S3 and AWS_REGION';
  }
  if (UNREACHABLE.includes(code)) {
    return `no connection (${message}); check AWS_ENDPOINT_URL_S3 and the network`;
  }
  return `${message || code || name}; check AWS_ENDPOINT_URL_S3, AWS_REGION and the credentials`;
}
