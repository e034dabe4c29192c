import { StorageError } from './object-store.ts';

/** The details that the SDK reports about a failed request. */
interface Facts {
  name: string;
  code: string;
  message: string;
  status: number | undefined;
  attempts: number;
}

function factsOf(error: unknown): Facts {
  // If a host has several addresses, Node collects the errors of all attempts in one error without details of its own.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { name = '', code = '', message = String(first) } = (first ?? {}) as Partial<Facts>;
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

/** Whether a conditional GET found the object unchanged; the SDK throws this as an error. */
export const isNotModified = (error: unknown): boolean => factsOf(error).status === 304;

export function isMissingObject(error: unknown): boolean {
  const { status, name } = factsOf(error);
  return status === 404 && name !== 'NoSuchBucket';
}

/** Whether a conditional PUT lost to another writer. Servers answer 412 or 409, and 404 if the object was removed. */
export function isLostRace(error: unknown): boolean {
  const { status } = factsOf(error);
  return status === 412 || status === 409 || isMissingObject(error);
}

/** Whether the request was sent more than once: an earlier attempt may have succeeded without a response. */
export const wasRetried = (error: unknown): boolean => factsOf(error).attempts > 1;

const CONNECTION_CODES = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE'];

/** Whether a transfer may succeed when it is retried. */
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

/** @param action the failed action with its object, such as `read s3://bucket/key` */
export function s3Failure(action: string, cause: unknown): StorageError {
  const reason = isLocal(cause) ? cause.message : explain(factsOf(cause));
  return new StorageError(`cannot ${action}: ${reason}`, { cause });
}

const DISK_CODES = ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EIO'];

/** Whether the error comes from this machine instead of the server: from the disk, or from our own checks. */
function isLocal(error: unknown): error is Error {
  return error instanceof StorageError || DISK_CODES.includes(factsOf(error).code);
}

function explain(facts: Facts): string {
  const { name, code, message, status } = facts;
  if (name === 'CredentialsProviderError') {
    return `no credentials were found (${message}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile or role`;
  }
  if (CREDENTIALS.includes(name)) {
    return `the credentials were refused (${name}); check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN`;
  }
  if (name === 'RequestTimeTooSkewed') {
    return `the request's time was refused (${message}); check the clock of this machine`;
  }
  if (status === 401 || status === 403) {
    return `access is denied (${name}); check the credentials and their permissions`;
  }
  if (name === 'NoSuchBucket') {
    return 'there is no such bucket; check the location, AWS_ENDPOINT_URL_S3 and AWS_REGION';
  }
  if (UNREACHABLE.includes(code)) {
    return `no connection (${message}); check AWS_ENDPOINT_URL_S3 and the network`;
  }
  return `${message || code || name}; check AWS_ENDPOINT_URL_S3, AWS_REGION and the credentials`;
}
